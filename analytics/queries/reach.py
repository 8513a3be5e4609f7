"""How somebody can be reached, and which way works: who writes back is written to, who is silent is called."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm import formats
from crm.models import ContactPoint, Event, Person

HALF_YEAR = timedelta(days=180)
SILENT_AFTER = 2  # messages of ours without an answer
SENT, RECEIVED = "message.sent", "message.received"
MOST_READ = 40


@dataclass(frozen=True)
class Reach:
    """`received` messages of theirs in half a year; `unanswered` of ours since the last of theirs."""

    has_phone: bool = False
    has_email: bool = False
    received: int = 0
    unanswered: int = 0

    @property
    def is_silent(self) -> bool:
        """Writing does not work."""
        return self.unanswered >= SILENT_AFTER

    @property
    def writes(self) -> bool:
        """Writing works."""
        return self.received > 0 and not self.unanswered

    @property
    def words(self) -> str:
        """What is known of it, where it says which way to take."""
        if self.is_silent:
            words = ngettext(
                "%(n)s message of ours is without an answer.", "%(n)s messages of ours are without an answer.",
                self.unanswered,
            )  # fmt: skip
            return words % {"n": formats.number(self.unanswered)}
        return _("They answer messages.") if self.writes else ""


def reach_of(person: Person) -> Reach:
    """In two queries: of addresses that work and may be used, and of the last messages."""
    working = ContactPoint.objects.filter(person=person, invalid_at=None)
    kinds = set(working.filter(Q(kind=ContactPoint.Kind.PHONE) | Q(opted_out_at=None)).values_list("kind", flat=True))
    recent = Event.objects.filter(person=person, kind__in=(SENT, RECEIVED), at__gte=timezone.now() - HALF_YEAR)
    said = list(recent.order_by("-at", "-pk").values_list("kind", flat=True)[:MOST_READ])
    unanswered = said.index(RECEIVED) if RECEIVED in said else len(said)
    return Reach(
        has_phone=ContactPoint.Kind.PHONE in kinds, has_email=ContactPoint.Kind.EMAIL in kinds,
        received=said.count(RECEIVED), unanswered=unanswered,
    )  # fmt: skip
