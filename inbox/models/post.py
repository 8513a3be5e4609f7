"""The outgoing post."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from inbox.models.conversations import Message


class Post(models.Model):
    """One mail on its way out: written with its message, claimed under a lease, sent at most once.

    `transmitting` is set before the first byte of the body leaves. A worker that dies later leaves a mail whose fate
    nobody knows: it becomes `unknown` and is never sent again by itself (trust: at most once for mail).
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Waiting to be sent")
        SENDING = "sending", _("Being sent")
        TRANSMITTING = "transmitting", _("Being handed over")
        SENT = "sent", _("Sent")
        UNKNOWN = "unknown", _("Not known whether it arrived")
        FAILED = "failed", _("Not sent")

    once_key = models.CharField(max_length=120, unique=True)
    message = models.OneToOneField(Message, models.SET_NULL, null=True, related_name="post")
    to_address = models.EmailField(pgettext_lazy("mail", "to"))
    subject = models.CharField(_("subject"), max_length=255)
    body = models.TextField(_("text"))
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    mail_id = models.CharField(max_length=255, unique=True)
    state = models.CharField(_("state"), max_length=15, choices=State, default=State.QUEUED)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.CharField(_("error"), max_length=500, blank=True)
    due_at = models.DateTimeField(default=timezone.now, null=True)
    created_at = models.DateTimeField(default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)

    class Meta:
        verbose_name = _("outgoing mail")
        verbose_name_plural = _("outgoing mails")
        indexes = [models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="post_due")]

    def __str__(self) -> str:
        return f"{self.to_address}: {self.subject}"
