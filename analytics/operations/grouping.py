"""Puts every customer into a group: all of them every night, and whoever orders at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
from django.db import connection, transaction

from analytics.ml.features import Features, build_features, shared_features
from analytics.ml.parts import load_part
from analytics.ml.purchases import Purchases, day_number
from analytics.ml.segments.rules import KEYS, Rules
from analytics.ml.segments.standing import Standing, find_groups
from analytics.models import CustomerGroup, Grouping, GroupMember, GroupMonth
from analytics.queries.clock import ShopClock, read_clock
from analytics.queries.frames import purchases_of
from analytics.queries.sales import month_of
from analytics.queries.standing import among
from crm.bulk_insert import insert_rows
from crm.models import Event, Person

from .group_figures import Positions, Sums, recount_groups_soon, write_figures

SAMPLE = 50_000
MONTHS = 12
MONTHS_OF_MANY = 3
MANY = 200_000
Way = CustomerGroup.Way
Places = Mapping[int, tuple[str, str]]


@dataclass(frozen=True, eq=False)
class Lines:
    """Where the groups part."""

    rules: Rules
    found: Standing | None

    def positions(self, features: Features) -> Positions:
        """For both ways the keys of the groups, and the position in these of each customer's group [n]."""
        by_rules = KEYS, self.rules.groups(features)
        if self.found is None:
            return {Way.RULES: by_rules, Way.FOUND: (("",), np.zeros(len(features), np.int64))}
        return {Way.RULES: by_rules, Way.FOUND: (self.found.keys, self.found.groups(features))}

    def places(self, features: Features) -> dict[int, tuple[str, str]]:
        """The keys of both groups by person."""
        return named(features, self.positions(features))


def named(features: Features, positions: Positions) -> dict[int, tuple[str, str]]:
    by_rules, found = ([keys[i] for i in at.tolist()] for keys, at in (positions[Way.RULES], positions[Way.FOUND]))
    return dict(zip(features.customer_ids.tolist(), zip(by_rules, found, strict=True), strict=True))


class GroupNight:
    """Everybody's groups, from their customer-days chunk by chunk, in the order of their ids: the lines are learned and
    written at once, members with their chunk, figures and months at the end."""

    def __init__(self, clock: ShopClock, files: Sequence[Path]) -> None:
        self._clock = clock
        self._lines = _learn_lines(files, clock)
        _write_groups(self._lines)
        self._months = _months_to_count(clock, files)
        self._sums = {day: Sums() for day in (*self._months.values(), clock.as_of)}
        self._above = 0

    def add(self, purchases: Purchases) -> None:
        """Put these customers into their groups; the features of today are those that scores were made of."""
        for day, counted in self._sums.items():
            features = shared_features(purchases, day_number(day))
            positions = self._lines.positions(features)
            counted.add(features, positions)
        places = named(features, positions)  # of today, the last of the days
        upto = int(purchases.customer_ids[-1])
        _write_members(places, self._above, upto)
        self._above = upto

    def drop_rest(self) -> None:
        """Nobody beyond the last of these customers is in a group: before whoever ordered meanwhile comes back."""
        GroupMember.objects.filter(person__gt=self._above).delete()

    def finish(self) -> int:
        """Write the figures; returns how many customers are in a group."""
        today = self._clock.as_of
        write_figures(self._sums[today])
        self._months[month_of(today, back=0 if today.day > 1 else 1)] = today
        for month, day in self._months.items():
            _write_month(month, self._sums[day])
        return GroupMember.objects.count()


def _learn_lines(files: Sequence[Path], clock: ShopClock) -> Lines:
    each = max(SAMPLE // max(len(files), 1), 100)
    sample = Purchases.joined([load_part(path).sample(each, seed=0) for path in files])
    features = build_features(sample, day_number(clock.as_of))
    before = read_lines()
    rules = Rules.learn(features, before.rules if before else None)
    return Lines(rules, find_groups(features, before.found if before else None))


def read_lines() -> Lines | None:
    """The lines of last night, in one query; None before the first."""
    row = Grouping.objects.first()
    if row is None:
        return None
    return Lines(Rules(**row.rules), Standing.of(row.found) if row.found else None)


@transaction.atomic
def _write_groups(lines: Lines) -> None:
    """The rows of the groups; own names stay, and a found group that is gone goes with its months."""
    found = lines.found
    Grouping.objects.update_or_create(
        pk=1, defaults={"rules": asdict(lines.rules), "found": found.as_json() if found else {}}
    )
    wanted = {(Way.RULES, key): (key, position) for position, key in enumerate(KEYS)}
    if found is not None:
        names = zip(found.keys, found.names, strict=True)
        wanted |= {(Way.FOUND, key): (name, position) for position, (key, name) in enumerate(names)}
    for (way, key), (label, position) in wanted.items():
        CustomerGroup.objects.update_or_create(way=way, key=key, defaults={"label": label, "position": position})
    for way in Way:
        kept = [key for of, key in wanted if of == way]
        CustomerGroup.objects.filter(way=way).exclude(key__in=kept).delete()
        GroupMonth.objects.filter(way=way).exclude(key__in=kept).delete()


def _write_members(places: Places, above: int, upto: int) -> None:
    """Write who is new or has moved among these ids, and delete who has no orders any more."""
    stored = GroupMember.objects.filter(person__gt=above, person__lte=upto)
    known = {pk: (rules, found) for pk, rules, found in stored.values_list("person_id", "rules", "found")}
    new = sorted(places.keys() - known)
    with transaction.atomic():
        gone = [pk for pk in known if pk not in places]
        for start in range(0, len(gone), 500):
            GroupMember.objects.filter(person__in=gone[start : start + 500]).delete()
        insert_rows(
            GroupMember, ["person", "rules", "found"],
            [(pk, *places[pk]) for pk in _open_to(new)], ignore_conflicts=True,
        )  # fmt: skip
        _move((keys, pk) for pk, keys in places.items() if pk in known and known[pk] != keys)


def _open_to(ids: Sequence[int]) -> list[int]:
    """Of these sorted ids those of people who are there and open to profiling, whatever they were when read."""
    there = Person.objects.filter(among("pk", ids), no_profiling=False) if ids else Person.objects.none()
    return sorted(set(there.values_list("pk", flat=True)).intersection(ids))


def _move(moved: Iterable[tuple[tuple[str, str], int]]) -> None:
    rows = [(*keys, pk) for keys, pk in moved]
    if rows:
        table = GroupMember._meta.db_table
        with connection.cursor() as cursor:
            cursor.executemany(
                f"UPDATE {table} SET rules = %s, found = %s WHERE person_id = %s",  # noqa: S608 (our own table)
                rows,
            )


def _months_to_count(clock: ShopClock, files: Sequence[Path]) -> dict[date, date]:
    """Months before this one that were never counted, with the day after their end; a large shop counts few."""
    this = month_of(clock.as_of)
    known = set(GroupMonth.objects.filter(way=Way.RULES).values_list("month", flat=True))
    most = MONTHS_OF_MANY if len(files) * 20_000 > MANY else MONTHS
    months = (month_of(this, back=back) for back in range(most, 0, -1))
    return {month: month_of(month, back=-1) for month in months if month not in known}


def _write_month(month: date, sums: Sums) -> None:
    rows = [
        GroupMonth(way=way, key=key, month=month, people=figures.people, spent_year=figures.spent_year)
        for (way, key), figures in sums.by_group.items()
    ]
    GroupMonth.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["way", "key", "month"], update_fields=["people", "spent_year"]
    )


def follow_people(events: Sequence[Event]) -> None:
    """The consumer: whoever ordered, returned, was merged or wants no profiling is put into their group anew."""
    ids = {event.person_id for event in events if event.person_id is not None and _matters(event)}
    if ids:
        group_people(sorted(ids))


def _matters(event: Event) -> bool:
    return event.kind != "person.changed" or "no_profiling" in event.data.get("changed", {})


def group_people(person_ids: Sequence[int], *, clock: ShopClock | None = None) -> None:
    """Put these people into their groups by last night's lines; nothing before the first night."""
    lines = read_lines()
    if lines is None:
        return
    clock = clock or read_clock()
    purchases = purchases_of(clock, person_ids, before=clock.as_of)
    places = lines.places(build_features(purchases, day_number(clock.as_of)))
    for pk in person_ids:
        _write_members({pk: places[pk]} if pk in places else {}, pk - 1, pk)
    recount_groups_soon()
