"""Addresses of the automations."""

from django.urls import URLPattern, path

from automation import views

app_name = "automation"

urlpatterns: list[URLPattern] = [
    path("automations", views.flow_list, name="flow-list"),
    path("automations/<int:pk>/runs", views.flow_runs, name="flow-runs"),
    path("automations/<int:pk>/switch", views.flow_switch, name="flow-switch"),
    path("automations/runs/<int:pk>/retry", views.run_retry, name="run-retry"),
    path("notifications", views.notifications, name="notifications"),
    path("notifications/<int:pk>/open", views.notification_open, name="notification-open"),
    path("notifications/read", views.notifications_read, name="notifications-read"),
]
