"""The event log: what happened, to whom, by whom; and which consumers still have to hear of it."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .deals import Deal
from .people import Company, Person
from .users import User
from .visibility import LinkedQuerySet


class EventQuerySet(LinkedQuerySet["Event"]):
    def in_scope(self, user: User) -> Q:
        return super().in_scope(user) | Q(person=None, company=None, deal=None, actor=user)


class Event(models.Model):
    """One thing that happened. Append-only: a person's timeline, and what every automation starts from.

    `due_at` is when an unhandled event may be (re)tried; it doubles as the lease of the worker at work.
    """

    class Via(models.TextChoices):
        PAGE = "page", _("in Rapport")
        ADMIN = "admin", _("in the admin")
        API = "api", _("through the API")
        IMPORT = "import", _("by an import")
        FLOW = "flow", _("by an automation")
        CHANNEL = "channel", _("by the customer")
        SYSTEM = "system", _("by Rapport")

    kind = models.CharField(max_length=60)
    at = models.DateTimeField(default=timezone.now)
    subject_type = models.CharField(max_length=40)
    subject_id = models.BigIntegerField(null=True)
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="events")
    company = models.ForeignKey(Company, models.CASCADE, null=True, related_name="events")
    deal = models.ForeignKey(Deal, models.CASCADE, null=True, related_name="events")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    via = models.CharField(max_length=10, choices=Via, default=Via.SYSTEM)
    data = models.JSONField(default=dict)
    cause = models.ForeignKey("self", models.SET_NULL, null=True, related_name="+")
    depth = models.PositiveSmallIntegerField(default=0)
    handled_at = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)

    objects = EventQuerySet.as_manager()

    class Meta:
        verbose_name = _("event")
        verbose_name_plural = _("events")
        indexes = [
            models.Index(fields=["person", "-at", "-id"], condition=Q(person__isnull=False), name="event_of_person"),
            models.Index(fields=["company", "-at", "-id"], condition=Q(company__isnull=False), name="event_of_company"),
            models.Index(fields=["deal", "-at", "-id"], condition=Q(deal__isnull=False), name="event_of_deal"),
            models.Index(fields=["due_at"], condition=Q(handled_at=None), name="event_unhandled"),
            models.Index(fields=["kind", "-at"], name="event_by_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_type}:{self.subject_id}"


class Handling(models.Model):
    """What one consumer has made of one event. Finished rows go with the event; dead ones stay for a retry."""

    class State(models.TextChoices):
        DONE = "done", _("done")
        RETRY = "retry", _("will be tried again")
        DEAD = "dead", _("gave up")

    event = models.ForeignKey(Event, models.CASCADE, related_name="handlings")
    consumer = models.CharField(_("consumer"), max_length=60)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DONE)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    error = models.TextField(_("error"), blank=True)
    at = models.DateTimeField(_("last tried"), default=timezone.now)

    class Meta:
        verbose_name = _("handling")
        verbose_name_plural = _("handlings")
        constraints = [models.UniqueConstraint(fields=["event", "consumer"], name="handled_once")]
        indexes = [models.Index(fields=["at"], condition=Q(state="dead"), name="handling_dead")]

    def __str__(self) -> str:
        return f"{self.consumer} {self.state}"
