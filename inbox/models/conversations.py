"""Conversations (= tickets), their messages and drafts."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Person, Scope, Tag, User, VisibleQuerySet, of_seen
from inbox.models.channels import Channel
from inbox.models.topics import Topic

if TYPE_CHECKING:
    from inbox.models.ratings import Rating


class ConversationQuerySet(VisibleQuerySet["Conversation"]):
    """A conversation is seen by its assignee, its team and by whoever sees its person."""

    def in_scope(self, user: User) -> Q:
        mine = Q(assignee=user)
        if user.scope == Scope.TEAM:
            mine |= Q(team__in=user.team_ids) | Q(assignee=None, team=None)
        return mine | of_seen(self.model, "person", user)


class Conversation(models.Model):
    """One matter with one person, from the first message to closing; its number is its id.

    `is_topic_said`: a colleague said what it is about, or that it is about nothing known, and no reading changes it.
    """

    class Status(models.TextChoices):
        OPEN = "open", _("Open")
        WAITING = "waiting", _("Waiting for the customer")
        SNOOZED = "snoozed", _("Snoozed")
        CLOSED = "closed", _("Closed")

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="conversations", verbose_name=_("channel"))
    subject = models.CharField(_("subject"), max_length=255, blank=True)
    person = models.ForeignKey(Person, models.SET_NULL, null=True, related_name="conversations")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.OPEN)
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="conversations"
    )
    team = models.ForeignKey("crm.Team", models.SET_NULL, null=True, blank=True, related_name="+")
    tags = models.ManyToManyField(Tag, blank=True, related_name="+")
    preview = models.CharField(max_length=200, blank=True)
    sentiment = models.CharField(max_length=10, blank=True)
    topic = models.ForeignKey(Topic, models.SET_NULL, null=True, blank=True, related_name="conversations")
    is_topic_said = models.BooleanField(default=False)
    is_unread = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    last_message_at = models.DateTimeField(default=timezone.now)
    waiting_since = models.DateTimeField(null=True, blank=True)
    first_reply_at = models.DateTimeField(null=True, blank=True)
    snoozed_until = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        indexes = [
            models.Index(fields=["status", "-last_message_at", "-id"], name="conversation_by_status"),
            models.Index(fields=["-last_message_at", "-id"], name="conversation_newest"),
            models.Index(fields=["assignee", "status", "-last_message_at"], name="conversation_of_assignee"),
            models.Index(fields=["person", "-last_message_at"], name="conversation_of_person"),
            models.Index(fields=["snoozed_until"], condition=Q(status="snoozed"), name="conversation_snoozed"),
            models.Index(
                fields=["topic", "-last_message_at", "-id"],
                condition=Q(topic__isnull=False),
                name="conversation_of_topic",
            ),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.subject}"

    @property
    def question(self) -> Rating | None:
        """How the customer was asked whether it went well, and what they answered; None where they were not."""
        return getattr(self, "rating", None)


class OfConversationQuerySet(VisibleQuerySet["Message"]):
    def in_scope(self, user: User) -> Q:
        return of_seen(self.model, "conversation", user)


class Message(models.Model):
    """One message of a conversation. `text` is what was written now; quotation and signature are kept apart.

    `sentiment` is what is shown; where a colleague said it, `corrected` has it too, and no reading changes it.
    `topic_chance` is how likely the topic is right; empty where a colleague said it, or nobody looked.
    """

    class Direction(models.TextChoices):
        IN = "in", _("from the customer")
        OUT = "out", _("to the customer")
        NOTE = "note", _("internal note")

    class Reading(models.TextChoices):
        """What the text model made of it; empty while nobody has looked."""

        READ = "read", _("Mood and language are read")
        TOO_SHORT = "too_short", _("Too short to tell the mood")
        UNKNOWN_LANGUAGE = "unknown_language", _("Language not recognised: mood not read")
        UNSUPPORTED_LANGUAGE = "unsupported_language", _("Mood is not read in this language")
        UNWANTED = "unwanted", _("Mood not read: no profiling wanted")

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="messages")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+")
    direction = models.CharField(max_length=5, choices=Direction)
    external_id = models.CharField(max_length=255)
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    from_name = models.CharField(max_length=200, blank=True)
    from_address = models.CharField(max_length=254, blank=True)
    text = models.TextField()
    quoted = models.TextField(blank=True)
    signature = models.TextField(blank=True)
    raw = models.TextField(blank=True)
    reading = models.CharField(max_length=20, choices=Reading, blank=True)
    language = models.CharField(max_length=10, blank=True)
    sentiment = models.CharField(max_length=10, blank=True)
    sentiment_score = models.FloatField(null=True)
    corrected = models.CharField(max_length=10, blank=True)
    topic = models.ForeignKey(Topic, models.SET_NULL, null=True, related_name="messages")
    topic_chance = models.FloatField(null=True)
    created_at = models.DateTimeField(default=timezone.now)

    objects = OfConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [models.UniqueConstraint(fields=["channel", "external_id"], name="message_once")]
        indexes = [
            models.Index(fields=["conversation", "created_at", "id"], name="message_in_order"),
            models.Index(fields=["created_at"], condition=Q(direction="in", reading=""), name="message_to_read"),
            models.Index(fields=["topic", "created_at"], condition=Q(topic__isnull=False), name="message_of_topic"),
        ]

    def __str__(self) -> str:
        return self.text[:80]


class Mood(models.TextChoices):
    """How a message sounds."""

    NEGATIVE = "negative", _("Unhappy")
    NEUTRAL = "neutral", _("Neutral")
    POSITIVE = "positive", _("Happy")


class Draft(models.Model):
    """What a colleague has begun to write in a conversation."""

    conversation = models.ForeignKey(Conversation, models.CASCADE, related_name="drafts")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    text = models.TextField()
    is_note = models.BooleanField(default=False)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        constraints = [models.UniqueConstraint(fields=["conversation", "user"], name="draft_once")]

    def __str__(self) -> str:
        return self.text[:80]
