"""The subscriptions of a person as lines."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from crm import formats
from crm.models import Person, Subscription

MOST = 20


@dataclass(frozen=True)
class SubscriptionLine:
    """One subscription: what it costs how often, and since or until when. `pk` is None where it has ended."""

    name: str
    price: str
    when: str
    pk: int | None


def subscriptions_of(person: Person) -> list[SubscriptionLine]:
    """Those that run first, the newest of each first; one query."""
    rows = Subscription.objects.filter(person=person).order_by("-started_on", "-pk")[:MOST]
    return [_line(row) for row in sorted(rows, key=lambda row: row.ended_on is not None)]


def _line(row: Subscription) -> SubscriptionLine:
    price = f"{formats.money(row.amount, row.currency)} {row.get_interval_display()}"
    if row.ended_on is None:
        return SubscriptionLine(
            row.name, price, _("since %(day)s") % {"day": formats.date_words(row.started_on)}, row.pk
        )
    words = _("ended %(day)s") % {"day": formats.date_words(row.ended_on)}
    return SubscriptionLine(row.name, price, f"{words}: {row.end_reason}" if row.end_reason else words, None)
