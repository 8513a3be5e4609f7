"""What the text models made of messages, and what they learned from this shop's colleagues."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import User, VisibleQuerySet, of_seen
from inbox.models import Message


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


class TopicFit(models.Model):
    """One fit of the topics to what colleagues said of conversations; at most one is in use.

    `content` is the tagger (`analytics.ml.text.topics.tagger`) over vectors of the network of the hash `network`, with
    its own hash; empty where nothing was better. `said_count` are the examples, `said_mark` says which ones they were.
    """

    created_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    outcome = models.CharField(_("outcome"), max_length=20)
    is_used = models.BooleanField(_("in use"), default=False)
    said_count = models.PositiveIntegerField(_("examples"), default=0)
    said_mark = models.CharField(max_length=64, blank=True)
    figures: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("measured"), default=dict)
    content = models.BinaryField(default=bytes)
    digest = models.CharField(max_length=64, blank=True)
    network = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("fit of the topics")
        verbose_name_plural = _("fits of the topics")
        constraints = [
            models.UniqueConstraint(fields=["is_used"], condition=Q(is_used=True), name="topic_fit_used_once")
        ]

    def __str__(self) -> str:
        return f"{self.created_at:%Y-%m-%d}"


class VectorQuerySet(VisibleQuerySet["MessageVector"]):
    """A vector is seen by whoever sees its message: it tells what was written."""

    def in_scope(self, user: User) -> Q:
        return of_seen(self.model, "message", user)


class MessageVector(models.Model):
    """What one customer's message means, as 384 halves; made once, by the network of the hash `network`.

    It is personal data: it goes with its message, and people who want no profiling have none. `sketch` is its signs,
    by which a search looks through many at once.
    """

    message = models.OneToOneField(Message, models.CASCADE, related_name="vector")
    content = models.BinaryField()
    sketch = models.BinaryField()
    network = models.CharField(max_length=16)

    objects = VectorQuerySet.as_manager()

    class Meta:
        verbose_name = _("meaning of a message")
        verbose_name_plural = _("meanings of messages")

    def __str__(self) -> str:
        return f"#{self.message_id}"
