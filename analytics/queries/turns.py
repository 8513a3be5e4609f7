"""Whose turn it is tonight: in a large shop what hardly changes is worked out for a seventh of the people each night,
by their ids, so that nothing is older than a week."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, timedelta

from django.db.models import F, Q
from django.db.models.lookups import In

REST_DAYS = 7  # as long as a card takes what it shows for fresh


def turn_of(day: date) -> int:
    """The remainder of the ids by `REST_DAYS` that a day belongs to."""
    return day.toordinal() % REST_DAYS


def turns_since(last: date, today: date) -> frozenset[int]:
    """The turns of all days after `last` and of today: of nights that were missed, too."""
    missed: Iterable[int] = range(min((today - last).days, REST_DAYS))
    return frozenset({turn_of(today), *(turn_of(today - timedelta(days=days)) for days in missed)})


def is_turn(turns: Collection[int]) -> Q:
    """People whose turn is one of these."""
    return Q(In(F("pk") % REST_DAYS, sorted(turns)))
