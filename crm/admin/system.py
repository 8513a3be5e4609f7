"""What the system did: the history of fields, the event log, and letters that nobody could deliver."""

from __future__ import annotations

from auditlog.admin import LogEntryAdmin
from auditlog.models import LogEntry
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.admin.base import ForAllScopeAdmin, ReadOnlyAdmin
from crm.events import retry_dead
from crm.extensions import event_kinds
from crm.models import Event, Handling

admin.site.unregister(LogEntry)


@admin.register(LogEntry)
class HistoryAdmin(LogEntryAdmin, ReadOnlyAdmin, ForAllScopeAdmin):
    """Who changed what: append-only."""


@admin.register(Event)
class EventAdmin(ReadOnlyAdmin):
    list_display = ("at", "what", "person", "actor", "via", "handled_at")
    list_filter = ("via",)
    list_select_related = ("person", "actor")
    fields = ("kind", "at", "subject_type", "subject_id", "person", "company", "deal", "actor", "via", "data", "cause",
              "handled_at")  # fmt: skip
    ordering = ("-id",)

    @admin.display(description=_("what"))
    def what(self, event: Event) -> str:
        kind = event_kinds.get(event.kind)
        return str(kind.label) if kind else event.kind


@admin.register(Handling)
class HandlingAdmin(ReadOnlyAdmin, ForAllScopeAdmin):
    """Dead letters and what is still being tried."""

    list_display = ("at", "consumer", "event", "state", "attempts", "error")
    list_filter = ("state", "consumer")
    list_select_related = ("event",)
    ordering = ("-at",)
    actions = ("retry",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Handling]:
        rows: QuerySet[Handling] = super().get_queryset(request)
        return rows.exclude(state=Handling.State.DONE)

    @admin.action(description=_("Try again"))
    def retry(self, request: HttpRequest, queryset: QuerySet[Handling]) -> None:
        for handling in queryset:
            retry_dead(handling)
        self.message_user(request, gettext("They are being tried again."), messages.SUCCESS)
