"""What the text model learned from this shop's colleagues."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MoodFit(models.Model):
    """One night's fit of the shipped text model to what colleagues said of messages; at most one is in use.

    `content` is the small layer on top of the shipped network of the hash `network`; empty where nothing was better.
    """

    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    outcome = models.CharField(_("outcome"), max_length=20)
    is_used = models.BooleanField(_("in use"), default=False)
    said_count = models.PositiveIntegerField(_("messages that colleagues judged"), default=0)
    figures: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("measured"), default=dict)
    content = models.BinaryField(default=bytes)
    network = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("fit to your messages")
        verbose_name_plural = _("fits to your messages")
        constraints = [
            models.UniqueConstraint(fields=["is_used"], condition=Q(is_used=True), name="mood_fit_used_once")
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"
