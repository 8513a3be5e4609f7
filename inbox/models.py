"""What customers say to us and we to them: channels, conversations (= tickets), messages and the outgoing post."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from crm.models import Person, Scope, Tag, User, VisibleQuerySet, of_seen


class Channel(models.Model):
    """One way in which messages come: a web form, the API, a mailbox. `slug` is its public address."""

    class Kind(models.TextChoices):
        FORM = "form", _("Web form")
        API = "api", _("API")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("public address"), max_length=60, unique=True)
    team = models.ForeignKey("crm.Team", models.SET_NULL, null=True, blank=True, verbose_name=_("team"))
    greeting = models.TextField(_("greeting on the form"), blank=True)
    is_active = models.BooleanField(_("open"), default=True)
    asks_rating = models.BooleanField(
        _("ask how it went"),
        default=False,
        help_text=_("Customers get a short mail when their conversation is closed."),
    )

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return self.name


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


class TopicSaid(models.Model):
    """What a colleague said of one message: that it is about this topic, or that it is not. Rapport learns from it."""

    message = models.ForeignKey(Message, models.CASCADE, related_name="topics_said")
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


class Asking(models.Model):
    """How often customers are asked how they like it; the row is made when a manager first saves the page."""

    pause_days = models.PositiveSmallIntegerField(_("days between two questions to the same customer"), default=30)
    asks_to_recommend = models.BooleanField(_("ask whether they would recommend you"), default=False)
    recommend_days = models.PositiveSmallIntegerField(_("days until the same customer is asked again"), default=180)
    recommend_orders = models.PositiveSmallIntegerField(_("from so many orders on"), default=2)
    recommend_a_day = models.PositiveSmallIntegerField(_("questions a day at most"), default=50)
    audience = models.ForeignKey(
        "crm.SavedView",
        models.SET_NULL,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("only people of this view"),
    )

    class Meta:
        verbose_name = _("questions to customers")
        verbose_name_plural = _("questions to customers")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_asking")]

    def __str__(self) -> str:
        return str(self._meta.verbose_name)


class RatingQuerySet(VisibleQuerySet["Rating"]):
    """An answer is seen by whoever sees its conversation or its person."""

    def in_scope(self, user: User) -> Q:
        return of_seen(self.model, "conversation", user) | of_seen(self.model, "person", user)

    def answered(self) -> RatingQuerySet:
        return self.filter(answered_at__isnull=False)


class Rating(models.Model):
    """One question to a customer and the answer: how a conversation went (1–5), or whether they recommend us (0–10).

    `due_at` is when it is to be asked; `asked_at` when its mail was written. What other programs bring was asked there.
    """

    class Kind(models.TextChoices):
        CSAT = "csat", _("How it went")
        NPS = "nps", _("Would recommend us")

    class Source(models.TextChoices):
        MAIL = "mail", _("Asked by e-mail")
        API = "api", _("Another program")
        DEMO = "demo", _("Demo business")

    kind = models.CharField(_("question"), max_length=4, choices=Kind)
    person = models.ForeignKey(Person, models.CASCADE, related_name="ratings", verbose_name=_("person"))
    conversation = models.OneToOneField(
        Conversation, models.CASCADE, null=True, related_name="rating", verbose_name=_("conversation")
    )
    post = models.OneToOneField(Post, models.SET_NULL, null=True, related_name="rating")
    source = models.CharField(_("came by"), max_length=4, choices=Source, default=Source.MAIL)
    external_id = models.CharField(max_length=255, null=True, unique=True, editable=False)
    value = models.PositiveSmallIntegerField(_("answer"), null=True)
    comment = models.TextField(_("comment"), blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    due_at = models.DateTimeField(null=True)
    asked_at = models.DateTimeField(_("asked"), null=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    changed_at = models.DateTimeField(null=True)
    declined_at = models.DateTimeField(_("wants no more questions since"), null=True)

    objects = RatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.CheckConstraint(
                condition=Q(value=None, answered_at=None)
                | Q(kind="csat", value__gte=1, value__lte=5, answered_at__isnull=False)
                | Q(kind="nps", value__gte=0, value__lte=10, answered_at__isnull=False),
                name="rating_within_its_scale",
            ),
            models.CheckConstraint(
                condition=Q(kind="csat") | Q(conversation=None), name="rating_of_a_conversation_is_csat"
            ),
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="rating_due"),
            models.Index(fields=["person", "kind", "-answered_at"], name="rating_of_person"),
            models.Index(fields=["kind", "-answered_at", "-id"], name="rating_by_answer"),
            models.Index(fields=["kind", "asked_at"], name="rating_by_asked"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {'–' if self.value is None else self.value}"

    @property
    def is_bad(self) -> bool:
        """Somebody should look after this customer."""
        return self.value is not None and self.value <= BAD_UNTIL[self.kind]

    @property
    def is_good(self) -> bool:
        return self.value is not None and self.value >= GOOD_FROM[self.kind]

    @property
    def most(self) -> int:
        """The best answer there is."""
        return MOST[self.kind]


BAD_UNTIL = {"csat": 2, "nps": 6}
GOOD_FROM = {"csat": 4, "nps": 9}
MOST = {"csat": 5, "nps": 10}
