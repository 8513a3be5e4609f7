"""What customers write about, and what colleagues said of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Topic(models.Model):
    """What customers write about: a name, and a sentence that says what belongs to it."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    description = models.CharField(
        _("description"), max_length=300, blank=True,
        help_text=_("A sentence about what belongs to it, for your colleagues."),
    )  # fmt: skip
    is_active = models.BooleanField(_("in use"), default=True)
    source = models.CharField(max_length=20, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("topic")
        verbose_name_plural = _("topics")

    def __str__(self) -> str:
        return self.name


class TopicSaid(models.Model):
    """What a colleague said of one message: that it is about this topic, or that it is not. Rapport learns from it."""

    message = models.ForeignKey("inbox.Message", models.CASCADE, related_name="topics_said")
    topic = models.ForeignKey(Topic, models.CASCADE, related_name="said")
    is_it = models.BooleanField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("example of a topic")
        verbose_name_plural = _("examples of topics")
        constraints = [
            models.UniqueConstraint(fields=["message", "topic"], name="topic_said_once"),
            models.UniqueConstraint(fields=["message"], condition=Q(is_it=True), name="topic_of_message_once"),
        ]

    def __str__(self) -> str:
        return f"{self.topic_id}: {self.message_id}"
