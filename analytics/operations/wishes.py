"""Whoever wants no profiling: what was read, said and foretold of them goes, and stays away.

What people said or did themselves stays: their messages, answers and orders, and what they don't want to be offered.
"""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.db.models import Q, QuerySet

from analytics.models import (
    DealPrediction,
    DealRehearsal,
    DealScore,
    Feedback,
    GroupMember,
    MessageVector,
    Prediction,
    Recommendation,
    Rehearsal,
    Score,
)
from crm.models import Deal, DealPerson, Event, Person
from inbox.operations.readings import forget_readings

from .meanings import forget_meanings

OF_PEOPLE = (Score, Prediction, Rehearsal, Feedback, GroupMember, Recommendation)
OF_DEALS = (DealScore, DealPrediction, DealRehearsal)
TOLD = Q(kind__startswith="score.") | Q(kind__in=["conversation.mood_changed", "conversation.topic_changed"])
AT_ONCE = 500


def follow_wishes(events: Sequence[Event]) -> None:
    """The consumer of `person.changed` and `person.merged`."""
    ids = {event.person_id for event in events if event.person_id is not None and _matters(event)}
    if ids:
        forget_profiles(Person.objects.filter(pk__in=ids))


def _matters(event: Event) -> bool:
    return event.kind != "person.changed" or "no_profiling" in event.data.get("changed", {})


def forget_unwilling() -> None:
    """Every night, for wishes that came without an event: whatever is left of anybody who wants no profiling."""
    forget_profiles(Person.objects.all())


def forget_profiles(people: QuerySet[Person]) -> None:
    """Delete what was learned of those of these people who want no profiling, and of the deals they are on.

    The words about it on their timelines go, too, with what automations began because of them. Idempotent.
    """
    unwilling = list(people.filter(no_profiling=True).order_by("pk").values_list("pk", flat=True))
    for start in range(0, len(unwilling), AT_ONCE):
        _forget(unwilling[start : start + AT_ONCE])


@transaction.atomic
def _forget(ids: Sequence[int]) -> None:
    for of_people in OF_PEOPLE:
        of_people._default_manager.filter(person__in=ids).delete()
    on_deals = DealPerson.objects.filter(person__in=ids).values("deal")
    deals = list(Deal.objects.filter(Q(person__in=ids) | Q(pk__in=on_deals)).values_list("pk", flat=True))
    for of_deals in OF_DEALS:
        of_deals._default_manager.filter(deal__in=deals).delete()
    Deal.objects.filter(pk__in=deals).exclude(win_probability=None).update(win_probability=None)
    Event.objects.filter(TOLD, Q(person__in=ids) | Q(deal__in=deals)).delete()
    if MessageVector.objects.filter(message__conversation__person__in=ids).exists():
        forget_meanings(ids)
    forget_readings(ids)
