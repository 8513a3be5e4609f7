"""What was known at any moment of people who had not ordered yet, from the event log and the deals.

A lead is somebody who has been here for a year at most without an order. The same rows serve for learning, for the
nightly batch and for one person on save: nothing of a row is younger than its moment.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet

from analytics.ml.tabular.columns import Column
from analytics.ml.tabular.frame import flag_column, number_column, word_column
from crm.models import Deal, Event, Person

from .deal_history import Moment, own_column, own_fields

LEAD_DAYS = 365
LATELY = timedelta(days=30)
HEARD = ("message.received",)
DONE = ("message.sent", "note.added", "task.done")


@dataclass
class LeadHistory:
    """One person. Lists are in the order of time; `changes` are of `person.changed`: {field: [old, new]}."""

    person: Person
    via: str = ""
    changes: list[tuple[datetime, Mapping[str, Any]]] = field(default_factory=list)
    heard: list[datetime] = field(default_factory=list)
    done: list[datetime] = field(default_factory=list)
    opted_out: list[datetime] = field(default_factory=list)
    joined_company: list[datetime] = field(default_factory=list)
    deals: list[tuple[datetime, datetime | None]] = field(default_factory=list)

    def value(self, name: str, at: datetime) -> Any:
        """What a field held then: what the first later change replaced, or else what it holds now."""
        for when, changed in self.changes:
            if when > at and name in changed:
                return changed[name][0]
        return getattr(self.person, name)


def people_without_orders(before: datetime) -> QuerySet[Person]:
    """Leads as of this moment, those who have ordered since among them; never who wants no profiling."""
    there = Person.objects.filter(no_profiling=False, created_at__lt=before)
    recent = there.filter(created_at__gte=before - timedelta(days=LEAD_DAYS))
    return recent.filter(Q(first_order_at=None) | Q(first_order_at__gte=before))


def _age_days(lead: LeadHistory, at: datetime) -> float:
    return max((at - lead.person.created_at).total_seconds() / 86_400, 0.0)


def _quiet_days(lead: LeadHistory, at: datetime) -> float:
    last = [moments[place - 1] for moments in (lead.heard, lead.done) if (place := bisect_right(moments, at))]
    return max((at - max([lead.person.created_at, *last])).total_seconds() / 86_400, 0.0)


def _until(moments: Sequence[datetime], at: datetime) -> float:
    return float(bisect_right(moments, at))


def _lately(moments: Sequence[datetime], at: datetime) -> float:
    return _until(moments, at) - _until(moments, at - LATELY)


NUMBERS: Mapping[str, Callable[[LeadHistory, datetime], float | None]] = {
    "age_days": _age_days,
    "heard": lambda lead, at: _until(lead.heard, at),
    "heard_lately": lambda lead, at: _lately(lead.heard, at),
    "done_lately": lambda lead, at: _lately(lead.done, at),
    "quiet_days": _quiet_days,
    "open_deals": lambda lead, at: float(sum(made <= at and (end is None or end > at) for made, end in lead.deals)),
    "closed_deals": lambda lead, at: float(sum(end is not None and end <= at for _made, end in lead.deals)),
}
WORDS: Mapping[str, Callable[[LeadHistory, datetime], str]] = {
    "via": lambda lead, at: lead.via,
    "country": lambda lead, at: str(lead.value("country", at) or ""),
    "language": lambda lead, at: str(lead.value("language", at) or ""),
    "owner": lambda lead, at: str(lead.value("owner", at) or ""),
}
FLAGS: Mapping[str, Callable[[LeadHistory, datetime], bool]] = {
    "has_company": lambda lead, at: bool(bisect_right(lead.joined_company, at)),
    "has_job": lambda lead, at: bool(lead.value("job_title", at)),
    "opted_out": lambda lead, at: bool(bisect_right(lead.opted_out, at)),
}
NAMES = frozenset({*NUMBERS, *WORDS, *FLAGS})


def lead_columns(histories: Mapping[int, LeadHistory], moments: Sequence[Moment]) -> list[Column]:
    """What was known of these people at these moments, a row each."""
    rows = [(histories[pk], at) for pk, at in moments]
    numbers = [number_column(name, [read(lead, at) for lead, at in rows]) for name, read in NUMBERS.items()]
    words = [word_column(name, [read(lead, at) for lead, at in rows]) for name, read in WORDS.items()]
    flags = [flag_column(name, [read(lead, at) for lead, at in rows]) for name, read in FLAGS.items()]
    own = [own_column(row, [lead.value("custom", at) or {} for lead, at in rows]) for row in own_fields("person")]
    return [*numbers, *words, *flags, *own]


def read_leads(person_ids: Collection[int]) -> dict[int, LeadHistory]:
    """The histories of these people by id, never of who wants no profiling; four queries."""
    people = Person.objects.filter(pk__in=person_ids, no_profiling=False).select_related("owner")
    found = {person.pk: LeadHistory(person) for person in people.defer("search_text", "address")}
    kinds = ("person.created", "person.changed", "person.opted_out", "person.employed", *HEARD, *DONE)
    events = Event.objects.filter(person__in=found, kind__in=kinds).order_by("at", "pk")
    for event in events.only("person_id", "company_id", "kind", "at", "via", "data"):
        if event.person_id is not None:
            _note(found[event.person_id], event)
    deals = Deal.objects.filter(person__in=found).order_by("created_at")
    for pk, made, closed in deals.values_list("person_id", "created_at", "closed_at"):
        if pk is not None:
            found[pk].deals.append((made, closed))
    return found


def _note(lead: LeadHistory, event: Event) -> None:
    if event.kind == "person.created":
        lead.via = event.via
    if event.kind == "person.employed" or (event.kind == "person.created" and event.company_id is not None):
        lead.joined_company.append(event.at)
    elif event.kind == "person.changed":
        lead.changes.append((event.at, event.data.get("changed") or {}))
    elif event.kind == "person.opted_out":
        lead.opted_out.append(event.at)
    elif event.kind in HEARD:
        lead.heard.append(event.at)
    elif event.kind in DONE:
        lead.done.append(event.at)
