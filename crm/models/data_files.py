"""Files with all data of one person: asked for as rows, made by a worker, fetched by who asked, gone in a day."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .people import Person


class DataFile(models.Model):
    """One file that somebody asked for. `key` is in its address and names its folder; it goes at `expires_at`."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")

    key = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    state = models.CharField(max_length=10, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    done_parts = models.PositiveSmallIntegerField(default=0)
    parts = models.PositiveSmallIntegerField(default=0)
    tables = models.PositiveIntegerField(default=0)
    rows = models.PositiveIntegerField(default=0)
    bytes = models.BigIntegerField(default=0)
    asked_at = models.DateTimeField(default=timezone.now)
    leased_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("file of a person's data")
        verbose_name_plural = _("files of people's data")
        constraints = [
            models.UniqueConstraint(
                fields=["person", "user"], condition=Q(state="waiting"), name="data_file_waits_once"
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at"], condition=Q(state="waiting"), name="data_file_waiting"),
            models.Index(fields=["person", "user", "-asked_at"], name="data_file_of_user"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.state}"
