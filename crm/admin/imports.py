"""Imports at the manager's desk: how each went, and waking a worker for one that stands still."""

from __future__ import annotations

from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from crm.admin.base import ReadOnlyAdmin
from crm.models import ImportJob
from crm.operations.imports.jobs import wake_worker


@admin.register(ImportJob)
class ImportJobAdmin(ReadOnlyAdmin):
    """What came in, row by row in figures; the rows themselves are on the import's own page."""

    list_display = ("file_name", "kind", "state", "phase", "read", "created", "updated", "left_out", "refused", "actor",
                    "created_at")  # fmt: skip
    list_filter = ("state", "kind")
    list_select_related = ("actor",)
    search_fields = ("file_name",)
    ordering = ("-created_at", "-id")
    actions = ("wake",)
    fields = ("file_name", "page", "kind", "state", "phase", "actor", "program", "source", "duplicates", "run_flows",
              "rows", "created", "updated", "left_out", "refused", "error", "attempts", "created_at", "started_at",
              "finished_at")  # fmt: skip
    readonly_fields = fields

    @admin.display(description=_("rows read"))
    def read(self, job: ImportJob) -> str:
        return f"{job.cursor} / {job.rows}" if job.is_at_work else str(job.rows or "")

    @admin.display(description=_("created"))
    def created(self, job: ImportJob) -> Any:
        return job.counts.get("created", 0)

    @admin.display(description=_("updated"))
    def updated(self, job: ImportJob) -> Any:
        return job.counts.get("updated", 0)

    @admin.display(description=_("left out"))
    def left_out(self, job: ImportJob) -> Any:
        return job.counts.get("skipped", 0)

    @admin.display(description=_("refused"))
    def refused(self, job: ImportJob) -> Any:
        return job.counts.get("failed", 0)

    @admin.display(description=_("page"))
    def page(self, job: ImportJob) -> SafeString:
        return format_html('<a href="{}">{}</a>', reverse("crm:import", args=[job.pk]), gettext("Open the import"))

    @admin.action(description=_("Go on with it now"))
    def wake(self, request: HttpRequest, queryset: QuerySet[ImportJob]) -> None:
        waiting = [job for job in queryset if job.is_at_work]
        for job in waiting:
            wake_worker(job.pk)
        words = gettext("A worker has been told.") if waiting else gettext("None of them is waiting.")
        self.message_user(request, words, messages.SUCCESS if waiting else messages.INFO)
