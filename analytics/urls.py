"""Addresses of the analytics room."""

from django.urls import URLPattern, path

from .views import deals, feedback, forecasts, groups, insights, numbers, people, recommendations, reports, topics

app_name = "analytics"

urlpatterns: list[URLPattern] = [
    path("insights", insights.insights, name="insights"),
    path("insights/train", insights.train, name="train"),
    path("insights/training", insights.progress, name="progress"),
    path("insights/leavers", insights.leavers, name="leavers"),
    path("insights/forecast", forecasts.forecast, name="forecast"),
    path("insights/groups", groups.groups, name="groups"),
    path("insights/groups/<slug:way>/<slug:key>", groups.group_detail, name="group-detail"),
    path("insights/groups/<slug:way>/<slug:key>/name", groups.group_rename, name="group-rename"),
    path("insights/numbers", numbers.numbers, name="numbers"),
    path("insights/spend", numbers.spend, name="spend"),
    path("insights/spend/<int:pk>/remove", numbers.spend_remove, name="spend-remove"),
    path("insights/topics", topics.topics, name="topics"),
    path("insights/topics/add", topics.topic_add, name="topic-add"),
    path("insights/topics/start", topics.topic_start, name="topic-start"),
    path("conversations/<int:pk>/similar", topics.similar, name="similar-conversations"),
    path("insights/models/<slug:task>", insights.model_detail, name="model-detail"),
    path("insights/models/<slug:task>/groups", insights.model_groups, name="model-groups"),
    path("deals/<int:pk>/insight", deals.insight, name="deal-insight"),
    path("people/<int:pk>/insight", people.insight, name="person-insight"),
    path("people/<int:pk>/contract", people.contract, name="person-contract"),
    path("people/<int:pk>/insight/plan", people.plan, name="person-plan"),
    path("people/<int:pk>/insight/feedback", people.feedback, name="person-feedback"),
    path("insights/feedback", feedback.feedback, name="feedback"),
    path("insights/happy", feedback.happy, name="happy"),
    path("insights/rising", insights.rising, name="rising"),
    path("reports", reports.report_list, name="report-list"),
    path("reports/build", reports.report_build, name="report-build"),
    path("reports/filter", reports.report_filter, name="report-filter"),
    path("reports/save", reports.report_save, name="report-save"),
    path("reports/export", reports.report_export, name="report-export"),
    path("reports/restore", reports.report_restore, name="report-restore"),
    path("reports/ready/<slug:ready>", reports.report_ready, name="report-ready"),
    path("reports/ready/<slug:ready>/figures", reports.report_ready_figures, name="report-ready-figures"),
    path("reports/<int:pk>", reports.report_detail, name="report-detail"),
    path("reports/<int:pk>/figures", reports.report_figures_part, name="report-figures"),
    path("reports/<int:pk>/name", reports.report_name, name="report-name"),
    path("reports/<int:pk>/delete", reports.report_delete, name="report-delete"),
    path("insights/products", recommendations.products, name="products"),
    path("people/<int:pk>/offers", recommendations.person_card, name="person-offers"),
    path("people/<int:pk>/offers/<int:product_pk>/allow", recommendations.allow, name="offer-allow"),
    path("deals/<int:pk>/offers", recommendations.deal_card, name="deal-offers"),
    path("offers/<int:pk>/plan", recommendations.plan, name="offer-plan"),
    path("offers/<int:pk>/decline", recommendations.decline, name="offer-decline"),
    path("offers/<int:pk>/add/<int:deal_pk>", recommendations.add_to_deal, name="offer-add-to-deal"),
]
