"""The menu of the admin: what a manager sets up, grouped and named in words."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse_lazy
from django.utils.translation import gettext_lazy as _

GROUPS: tuple[tuple[Any, tuple[tuple[Any, str, str], ...]], ...] = (
    (
        _("People here"),
        (
            (_("Users"), "crm.user", "group"),
            (_("Teams"), "crm.team", "diversity_3"),
            (_("The business"), "crm.workspace", "storefront"),
            (_("API tokens"), "crm.apitoken", "key"),
        ),
    ),
    (
        _("Selling"),
        (
            (_("Pipelines and stages"), "crm.pipeline", "view_kanban"),
            (_("Own fields"), "crm.customfield", "list_alt_add"),
            (_("Products"), "crm.product", "inventory_2"),
            (_("Tags"), "crm.tag", "sell"),
            (_("Spend"), "crm.spend", "payments"),
        ),
    ),
    (
        _("Talking"),
        (
            (_("Channels"), "inbox.channel", "forum"),
            (_("Topics"), "inbox.topic", "topic"),
            (_("Mail server"), "inbox:mail", "dns"),
            (_("Questions to customers"), "inbox:asking", "reviews"),
            (_("Ratings"), "inbox.rating", "star"),
            (_("Outgoing mail"), "inbox.post", "outgoing_mail"),
        ),
    ),
    (
        _("Learning"),
        (
            (_("Models"), "analytics.modelversion", "model_training"),
            (_("Protected fields"), "analytics:protected", "shield"),
            (_("Training runs"), "analytics.trainingrun", "history"),
            (_("Mood of messages"), "analytics.moodfit", "mood"),
            (_("Topics of messages"), "analytics.topicfit", "topic"),
            (_("Numbers"), "analytics.metricfigure", "tag"),
            (_("Reports"), "analytics.report", "pie_chart"),
            (_("Dashboards"), "analytics.board", "dashboard"),
            (_("First dashboards"), "analytics.roleboard", "star"),
        ),
    ),
    (
        _("Doing"),
        (
            (_("Automations"), "automation.flow", "bolt"),
            (_("Runs"), "automation.run", "play_circle"),
            (_("Schedules"), "django_celery_beat.periodictask", "schedule"),
        ),
    ),
    (
        _("Watching"),
        (
            (_("How Rapport is"), "health", "monitor_heart"),
            (_("Event log"), "crm.event", "timeline"),
            (_("Dead letters"), "crm.handling", "mark_email_unread"),
            (_("Imports"), "crm.importjob", "upload_file"),
            (_("Who changed what"), "auditlog.logentry", "manage_search"),
            (_("Personal data"), "crm.person", "shield_person"),
            (_("Erased people"), "crm:erased", "person_off"),
            (_("Failed sign-ins"), "axes.accessattempt", "lock"),
        ),
    ),
)

admin.site.index_title = _("Set-up")


def menu(request: HttpRequest) -> list[dict[str, Any]]:
    """Unfold's navigation: the way back, then the groups without tables that are not for this manager or not there."""
    known = {model._meta.label_lower: table for model, table in admin.site._registry.items()}
    back = {"title": _("Back to Rapport"), "icon": "arrow_back", "link": reverse_lazy("crm:today")}
    groups = [
        {
            "title": title,
            "separator": True,
            "items": [
                {"title": name, "icon": icon, "link": reverse_lazy(address(label))}
                for name, label, icon in items
                if "." not in label or (label in known and known[label].has_view_or_change_permission(request))
            ],
        }
        for title, items in GROUPS
    ]
    return [{"title": "", "separator": False, "items": [back]}, *groups]


def address(label: str) -> str:
    """The name of the URL of a table's list, or of a page that is no table."""
    return f"admin:{label.replace('.', '_')}_changelist" if "." in label else label
