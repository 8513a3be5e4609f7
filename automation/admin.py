"""The manager's desk for automations: switch them on and off, and look at their runs."""

from __future__ import annotations

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from automation.models import Flow, Run
from automation.operations.flows import current_version, switch_flow
from automation.operations.runs import retry_run
from automation.queries import describe
from crm.access import signed_in
from crm.admin.base import ReadOnlyAdmin


@admin.register(Flow)
class FlowAdmin(ReadOnlyAdmin):
    list_display = ("name", "sentence", "is_on")
    fields = ("name", "sentence", "is_on", "created_at")
    readonly_fields = ("sentence",)
    actions = ("switch_on", "switch_off")

    @admin.display(description=_("what it does"))
    def sentence(self, flow: Flow) -> str:
        return describe(current_version(flow))[0]

    @admin.action(description=_("Switch on"))
    def switch_on(self, request: HttpRequest, queryset: QuerySet[Flow]) -> None:
        self._switch(request, queryset, on=True)

    @admin.action(description=_("Switch off"))
    def switch_off(self, request: HttpRequest, queryset: QuerySet[Flow]) -> None:
        self._switch(request, queryset, on=False)

    def _switch(self, request: HttpRequest, queryset: QuerySet[Flow], *, on: bool) -> None:
        for flow in queryset:
            switch_flow(flow=flow, on=on, actor=signed_in(request))
        self.message_user(request, gettext("Done."), messages.SUCCESS)


@admin.register(Run)
class RunAdmin(ReadOnlyAdmin):
    list_display = ("started_at", "flow", "person", "state", "attempts", "error")
    list_filter = ("state", "flow")
    list_select_related = ("flow", "person")
    ordering = ("-id",)
    actions = ("go_on",)

    @admin.action(description=_("Go on from the step that failed"))
    def go_on(self, request: HttpRequest, queryset: QuerySet[Run]) -> None:
        for run in queryset:
            retry_run(run=run)
        self.message_user(request, gettext("They go on."), messages.SUCCESS)
