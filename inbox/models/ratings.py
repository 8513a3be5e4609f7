"""How customers are asked how they like it, and what they answer."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Person, User, VisibleQuerySet, of_seen
from inbox.models.conversations import Conversation
from inbox.models.post import Post

BAD_UNTIL = {"csat": 2, "nps": 6}
GOOD_FROM = {"csat": 4, "nps": 9}
MOST = {"csat": 5, "nps": 10}


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
