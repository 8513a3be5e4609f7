"""Addresses of the crm room: one block for each group of pages."""

from django.urls import URLPattern, path
from django.views.generic import RedirectView

from .views import (
    bulk,
    companies,
    deal_board,
    deal_forecast,
    deal_lines,
    deals,
    demo,
    first_run,
    gallery,
    imports,
    lists,
    orders,
    people,
    picks,
    privacy,
    profile,
    records,
    search,
    sign_in,
    subscriptions,
    tasks,
    today,
    tokens,
)

app_name = "crm"

PEOPLE: list[URLPattern] = [
    path("people/", people.person_list, name="person-list"),
    path("people/new/", people.person_create, name="person-create"),
    path("people/<int:pk>/", people.person_detail, name="person-detail"),
    path("people/<int:pk>/contacts/", people.contact_add, name="contact-add"),
    path("people/contacts/<int:pk>/primary/", people.contact_primary, name="contact-primary"),
    path("people/contacts/<int:pk>/remove/", people.contact_remove, name="contact-remove"),
    path("people/<int:pk>/jobs/", people.job_add, name="job-add"),
    path("people/<int:pk>/orders/", orders.order_add, name="order-add"),
    path("people/<int:pk>/data", privacy.person_data, name="person-data"),
    path("people/<int:pk>/data/progress", privacy.person_data_progress, name="person-data-progress"),
    path("people/<int:pk>/data/<uuid:key>", privacy.person_data_file, name="person-data-file"),
    path("people/erased", privacy.erased_people, name="erased"),
    path("people/erased/allow", privacy.erased_allow, name="erased-allow"),
    path("people/<int:pk>/erase", privacy.person_erase, name="person-erase"),
    path("people/<int:pk>/subscriptions", subscriptions.panel, name="person-subscriptions"),
    path("people/<int:pk>/subscriptions/new", subscriptions.subscription_add, name="subscription-add"),
    path("subscriptions/<int:pk>/end", subscriptions.subscription_end, name="subscription-end"),
    path("people/<int:pk>/jobs/<int:job>/remove/", people.job_remove, name="job-remove"),
]

COMPANIES: list[URLPattern] = [
    path("companies/", companies.company_list, name="company-list"),
    path("companies/new/", companies.company_create, name="company-create"),
    path("companies/suggest/", companies.company_suggest, name="company-suggest"),
    path("companies/<int:pk>/", companies.company_detail, name="company-detail"),
    path("companies/<int:pk>/domains/", companies.domain_add, name="domain-add"),
    path("companies/<int:pk>/domains/<int:domain>/remove/", companies.domain_remove, name="domain-remove"),
]

LISTS: list[URLPattern] = [
    path("lists/<slug:target>/filter/", lists.list_filter, name="list-filter"),
    path("lists/<slug:target>/columns/", lists.list_columns, name="list-columns"),
    path("lists/<slug:target>/export/", lists.list_export, name="list-export"),
    path("lists/<slug:target>/views/", lists.view_save, name="view-save"),
    path("lists/<slug:target>/views/<int:pk>/remove/", lists.view_delete, name="view-delete"),
    path("lists/<slug:target>/bulk/<slug:action>/", bulk.bulk, name="bulk"),
]

RECORDS: list[URLPattern] = [
    path("records/<slug:target>/<int:pk>/edit/", records.edit, name="record-edit"),
    path("records/<slug:target>/<int:pk>/fields/<str:name>/", records.field, name="record-field"),
    path("records/<slug:target>/<int:pk>/delete/", records.delete, name="record-delete"),
    path("records/<slug:target>/<int:pk>/tags/", records.tags, name="record-tags"),
    path("records/<slug:target>/<int:pk>/share/", records.share, name="record-share"),
    path("records/<slug:target>/<int:pk>/peek/", records.record_peek, name="record-peek"),
    path("records/<slug:target>/<int:pk>/notes/", records.note_add, name="note-add"),
    path("records/<slug:target>/<int:pk>/tasks/", records.task_add, name="record-task-add"),
    path("records/<slug:target>/<int:pk>/timeline/", records.timeline, name="record-timeline"),
    path("notes/<int:pk>/remove/", records.note_delete, name="note-delete"),
]

IMPORTS = [
    path("import", imports.import_list, name="import-list"),
    path("import/<int:pk>", imports.import_page, name="import"),
    path("import/<int:pk>/set-up", imports.import_set_up, name="import-set-up"),
    path("import/<int:pk>/progress", imports.import_progress, name="import-progress"),
    path("import/<int:pk>/cancel", imports.import_cancel, name="import-cancel"),
    path("import/<int:pk>/forget", imports.import_forget, name="import-forget"),
    path("import/<int:pk>/undo", imports.import_undo, name="import-undo"),
    path("import/<int:pk>/rows.csv", imports.import_rows, name="import-rows"),
]

DEALS: list[URLPattern] = [
    path("deals", deal_board.board, name="deal-board"),
    path("deals/list", deals.deal_list, name="deal-list"),
    path("deals/forecast", deal_forecast.forecast, name="deal-forecast"),
    path("deals/new", deals.deal_create, name="deal-create"),
    path("deals/<int:pk>/", deals.deal_detail, name="deal-detail"),
    path("deals/<int:pk>/move", deal_board.deal_move, name="deal-move"),
    path("deals/<int:pk>/undo-move", deal_board.deal_undo_move, name="deal-undo-move"),
    path("deals/<int:pk>/people", deals.deal_person_add, name="deal-person-add"),
    path("deals/people/<int:pk>/remove", deals.deal_person_remove, name="deal-person-remove"),
    path("deals/<int:pk>/products", deal_lines.deal_line_add, name="deal-line-add"),
    path("deals/<int:pk>/value", deal_lines.deal_value_by_lines, name="deal-value-by-lines"),
    path("deals/products/<int:pk>", deal_lines.deal_line_edit, name="deal-line-edit"),
    path("deals/products/<int:pk>/remove", deal_lines.deal_line_remove, name="deal-line-remove"),
    path("deals/products/suggest", deal_lines.product_suggest, name="product-suggest"),
    path("pick/<slug:target>", picks.pick, name="pick"),
]

TASKS: list[URLPattern] = [
    path("tasks", tasks.task_list, name="task-list"),
    path("tasks/add", tasks.task_quick_add, name="task-quick-add"),
    path("tasks/new", tasks.task_create, name="task-create"),
    path("tasks/restore", tasks.task_restore, name="task-restore"),
    path("tasks/<int:pk>/", tasks.task_edit, name="task-edit"),
    path("tasks/<int:pk>/tick", tasks.task_tick, name="task-tick"),
    path("tasks/<int:pk>/undo", tasks.task_undo, name="task-undo"),
    path("tasks/<int:pk>/snooze", tasks.task_snooze, name="task-snooze"),
    path("tasks/<int:pk>/delete", tasks.task_delete, name="task-delete"),
]

urlpatterns: list[URLPattern] = [
    path("", RedirectView.as_view(pattern_name="crm:today"), name="home"),
    path("welcome", first_run.welcome, name="welcome"),
    path("sign-in", sign_in.SignIn.as_view(), name="sign-in"),
    path("sign-out", sign_in.SignOut.as_view(), name="sign-out"),
    path("password/forgotten", sign_in.ForgotPassword.as_view(), name="password-forgotten"),
    path("password/sent", sign_in.PasswordMailSent.as_view(), name="password-mail-sent"),
    path("password/new/<uidb64>/<token>", sign_in.NewPassword.as_view(), name="password-new"),
    path("password/changed", sign_in.PasswordChanged.as_view(), name="password-changed"),
    path("settings/me", profile.profile, name="profile"),
    path("settings/me/password", profile.change_password, name="change-password"),
    path("settings/me/theme", profile.switch_theme, name="switch-theme"),
    path("settings/programs", tokens.tokens, name="api-tokens"),
    path("settings/programs/<int:pk>/revoke", tokens.token_revoke, name="api-token-revoke"),
    path("today", today.today, name="today"),
    path("today/steps", today.hide_steps, name="hide-steps"),
    path("today/add", today.quick_add, name="today-add"),
    path("search", search.search, name="search"),
    path("demo", demo.demo, name="demo"),
    path("gallery", gallery.gallery, name="gallery"),
    *IMPORTS,
    *PEOPLE,
    *COMPANIES,
    *LISTS,
    *RECORDS,
    *DEALS,
    *TASKS,
]
