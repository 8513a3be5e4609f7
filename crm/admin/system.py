"""What the system did: the history of fields, the event log, and letters that nobody could deliver."""

from __future__ import annotations

from typing import Any

import auditlog.admin  # noqa: F401 (it registers its table when it is imported: first it, then ours)
from auditlog.models import LogEntry
from axes.models import AccessAttempt
from axes.utils import reset
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


DID = {
    LogEntry.Action.CREATE: _("added"),
    LogEntry.Action.UPDATE: _("changed"),
    LogEntry.Action.DELETE: _("deleted"),
    LogEntry.Action.ACCESS: _("opened"),
}
MOST_CHANGES = 6


@admin.register(LogEntry)
class HistoryAdmin(ReadOnlyAdmin, ForAllScopeAdmin):
    """Who changed what: append-only."""

    list_display = ("at", "who", "did", "record", "changes_in_words")
    list_filter = ("action", "content_type")
    list_select_related = ("actor", "content_type")
    search_fields = ("object_repr",)
    date_hierarchy = "timestamp"
    ordering = ("-id",)
    fields = ("at", "who", "did", "record", "changes_in_words")

    @admin.display(description=_("when"), ordering="timestamp")
    def at(self, entry: LogEntry) -> Any:
        return entry.timestamp

    @admin.display(description=_("who"))
    def who(self, entry: LogEntry) -> str:
        return str(entry.actor or "Rapport")

    @admin.display(description=_("did"))
    def did(self, entry: LogEntry) -> str:
        return str(DID.get(entry.action, ""))

    @admin.display(description=_("what"))
    def record(self, entry: LogEntry) -> str:
        model = entry.content_type.model_class()
        return f"{model._meta.verbose_name if model else entry.content_type.name}: {entry.object_repr}"

    @admin.display(description=_("what changed"))
    def changes_in_words(self, entry: LogEntry) -> str:
        """Old and new values of a change; what is new or gone needs no list of its fields."""
        if entry.action != LogEntry.Action.UPDATE:
            return ""
        said = [_change_in_words(name, values) for name, values in entry.changes_display_dict.items()]
        more = len(said) - MOST_CHANGES
        rest = [gettext("%(number)s more") % {"number": more}] if more > 0 else []
        return "; ".join(said[:MOST_CHANGES] + rest)


def _change_in_words(name: str, values: Any) -> str:
    if isinstance(values, list) and len(values) == 2:
        return f"{name}: {values[0]} → {values[1]}"
    return str(name)


@admin.register(AccessAttempt)
class FailedSignInAdmin(ReadOnlyAdmin, ForAllScopeAdmin):
    """Who typed a wrong password, from where and how often; after too many, they wait."""

    list_display = ("at", "email", "address", "times")
    search_fields = ("username", "ip_address")
    fields = ("at", "email", "address", "times", "user_agent")
    ordering = ("-attempt_time",)
    actions = ("let_in",)

    @admin.display(description=_("when"), ordering="attempt_time")
    def at(self, attempt: AccessAttempt) -> Any:
        return attempt.attempt_time

    @admin.display(description=_("e-mail"), ordering="username")
    def email(self, attempt: AccessAttempt) -> str:
        return str(attempt.username)

    @admin.display(description=_("from which address"))
    def address(self, attempt: AccessAttempt) -> str:
        return str(attempt.ip_address)

    @admin.display(description=_("wrong tries"))
    def times(self, attempt: AccessAttempt) -> int:
        return int(attempt.failures_since_start)

    @admin.action(description=_("Let them try again now"))
    def let_in(self, request: HttpRequest, queryset: QuerySet[AccessAttempt]) -> None:
        for attempt in queryset:
            reset(username=attempt.username, ip=attempt.ip_address)
        self.message_user(request, gettext("They may try again."), messages.SUCCESS)


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
