"""Imports of files: the job with its state and lease, and what it did or refused row by row."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .users import User
from .visibility import VisibleQuerySet


class ImportJobQuerySet(VisibleQuerySet["ImportJob"]):
    def in_scope(self, user: User) -> Q:
        """Who doesn't see all records sees own imports only: a file holds everybody's."""
        return Q(actor=user)


class ImportJob(models.Model):
    """One file on its way into the records.

    The row is the queue: a worker holds it by `lease_until` and `lease_token` and moves `cursor` in the same
    transaction as the rows it writes, so that whoever takes over goes on exactly there.
    """

    class Kind(models.TextChoices):
        PEOPLE = "people", _("People")
        COMPANIES = "companies", _("Companies")
        ORDERS = "orders", _("Orders")

    class State(models.TextChoices):
        DRAFT = "draft", _("being prepared")
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("stopped by a fault")
        CANCELLED = "cancelled", _("cancelled")
        UNDOING = "undoing", _("being undone")
        UNDONE = "undone", _("undone")

    class Phase(models.TextChoices):
        READING = "reading", _("Reading the file")
        WRITING = "writing", _("Writing the records")
        CHECKING = "checking", _("Checking against the file")

    class Duplicates(models.TextChoices):
        FILL = "fill", _("Fill in what is empty")
        OVERWRITE = "overwrite", _("Overwrite with the file")
        SKIP = "skip", _("Leave them as they are")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    state = models.CharField(_("state"), max_length=20, choices=State, default=State.DRAFT)
    phase = models.CharField(_("step"), max_length=20, choices=Phase, default=Phase.READING)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    file = models.CharField(max_length=255, blank=True)
    file_name = models.CharField(_("file"), max_length=255)
    file_bytes = models.BigIntegerField(default=0)
    program = models.CharField(_("program"), max_length=60, blank=True)
    source = models.CharField(_("source"), max_length=50)
    reading = models.JSONField(default=dict)  # encoding, delimiter, header_line, sheet, dates, decimal, zone, currency
    columns = models.JSONField(default=list)
    mapping = models.JSONField(default=dict)  # target → positions of columns, the first that is filled counts
    duplicates = models.CharField(_("known records"), max_length=20, choices=Duplicates, default=Duplicates.FILL)
    run_flows = models.BooleanField(_("start automations"), default=False)
    rows = models.PositiveIntegerField(default=0)
    cursor = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    facts = models.JSONField(default=dict)
    report = models.JSONField(default=dict)
    error = models.TextField(blank=True)
    cancel_asked = models.BooleanField(default=False)
    # Somebody was erased meanwhile: the file goes when this is over. Processes of before write rows without it.
    drops_file = models.BooleanField(default=False, db_default=False)
    lease_until = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("started"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = ImportJobQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        indexes = [
            models.Index(
                fields=["lease_until"], condition=Q(state__in=["queued", "running", "undoing"]), name="import_at_work"
            ),
            models.Index(fields=["-created_at", "id"], name="import_by_created"),
        ]

    def __str__(self) -> str:
        return self.file_name

    @property
    def is_at_work(self) -> bool:
        return self.state in (self.State.QUEUED, self.State.RUNNING, self.State.UNDOING)


class ImportRow(models.Model):
    """What an import did: a record it made or changed (`before` restores it), or a row it refused, and why."""

    class Action(models.TextChoices):
        CREATED = "created", _("created")
        UPDATED = "updated", _("updated")
        SKIPPED = "skipped", _("left out")
        FAILED = "failed", _("refused")

    job = models.ForeignKey(ImportJob, models.CASCADE, related_name="outcomes")
    line = models.PositiveIntegerField()
    action = models.CharField(max_length=10, choices=Action)
    target = models.CharField(max_length=20, blank=True)
    target_id = models.BigIntegerField(null=True)
    values = models.JSONField(default=list)
    before = models.JSONField(default=dict)
    message = models.CharField(max_length=300, blank=True)

    class Meta:
        verbose_name = _("row of an import")
        verbose_name_plural = _("rows of imports")
        indexes = [
            models.Index(fields=["job", "action", "line"], name="import_row_by_action"),
            models.Index(fields=["job", "target", "target_id"], name="import_row_by_target"),
        ]

    def __str__(self) -> str:
        return f"{self.line} {self.action}"
