"""Addresses of the analytics room."""

from django.urls import URLPattern, path

from .views import forecasts, groups, insights, people

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
    path("insights/models/<slug:task>", insights.model_detail, name="model-detail"),
    path("insights/models/<slug:task>/groups", insights.model_groups, name="model-groups"),
    path("people/<int:pk>/insight", people.insight, name="person-insight"),
    path("people/<int:pk>/insight/plan", people.plan, name="person-plan"),
    path("people/<int:pk>/insight/feedback", people.feedback, name="person-feedback"),
]
