"""Counts the groups: how many are in each, what they spent, and how their risk and worth lie."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from django.db import transaction
from django.db.models import Count, Sum

from analytics.ml.features import Features
from analytics.ml.purchases import Ints
from analytics.models import CustomerGroup, GroupMember, Score, ScoredTask
from analytics.queries.risk import WORTH

QUICK = 20_000  # so many people are counted at once in some milliseconds
Way = CustomerGroup.Way
Group = tuple[str, str]
WAYS = (Way.RULES, Way.FOUND)
Positions = Mapping[Way, tuple[Sequence[str], Ints]]


@dataclass
class Figures:
    """Sums over the members of one group."""

    people: int = 0
    spent_year: float = 0.0
    spent: float = 0.0
    quiet_days: float = 0.0
    orders: float = 0.0

    def add(self, people: int, year: float, spent: float, quiet: float, orders: float) -> None:
        self.people += people
        self.spent_year += year
        self.spent += spent
        self.quiet_days += quiet
        self.orders += orders

    def as_facts(self) -> dict[str, float]:
        """Sums of money, and what is usual for one member."""
        each = max(self.people, 1)
        return {
            "spent_year": round(self.spent_year, 2), "spent": round(self.spent, 2),
            "quiet_days": round(self.quiet_days / each, 1), "orders": round(self.orders / each, 1),
            "each": round(self.spent / each, 2),
        }  # fmt: skip


@dataclass
class Sums:
    """Figures of every group as of one day, added up chunk by chunk."""

    by_group: dict[Group, Figures] = field(default_factory=lambda: defaultdict(Figures))

    def add(self, features: Features, positions: Positions) -> None:
        columns = [features.column(name) for name in ("spend_365", "spend", "recency_days", "orders")]
        for way, (keys, at) in positions.items():
            people = np.bincount(at, minlength=len(keys)).tolist()
            sums = [np.bincount(at, column, len(keys)).tolist() for column in columns]
            for key, count, *added in zip(keys, people, *sums, strict=True):
                if key and count:
                    self.by_group[way, key].add(count, *added)


@transaction.atomic
def write_figures(sums: Sums) -> None:
    """Last night's money and habits, then the counts from the members themselves."""
    expected = {way: _expected(way) for way in WAYS}
    for group in CustomerGroup.objects.all():
        figures = sums.by_group.get((group.way, group.key), Figures())
        group.facts = figures.as_facts() | {"expected": round(expected[Way(group.way)].get(group.key, 0.0), 2)}
        group.save(update_fields=["facts"])
    recount_groups()


def _expected(way: str) -> dict[str, float]:
    """What the members of each group may spend in the next twelve months."""
    scores = Score.objects.filter(task=ScoredTask.VALUE).order_by()
    rows = scores.values_list(f"person__group__{way}").annotate(money=Sum("value"))
    return {key: money or 0.0 for key, money in rows if key}


def recount_groups_soon() -> None:
    """Count the groups anew: at once in a small shop, within a minute in a large one."""
    people = CustomerGroup.objects.filter(way=Way.RULES).aggregate(people=Sum("people"))["people"] or 0
    if people <= QUICK:
        recount_groups()
    else:
        CustomerGroup.objects.filter(is_stale=False).update(is_stale=True)


@transaction.atomic
def recount_groups() -> None:
    """People of each group, and their risk by worth, from the members and their scores: four queries and one write."""
    groups = list(CustomerGroup.objects.all())
    people = {(way, key): count for way in WAYS for key, count in _people(way).items()}
    cells = {(way, key): found for way in WAYS for key, found in _cells(way).items()}
    for group in groups:
        group.people = people.get((Way(group.way), group.key), 0)
        group.cells = cells.get((Way(group.way), group.key), [])
        group.is_stale = False
    CustomerGroup.objects.bulk_update(groups, ["people", "cells", "is_stale"])


def _people(way: str) -> dict[str, int]:
    return dict(GroupMember.objects.order_by().values_list(way).annotate(n=Count("person")))


def _cells(way: str) -> dict[str, list[list[object]]]:
    """[risk, worth, people, stake] by group."""
    scores = Score.objects.filter(task=ScoredTask.CHURN).order_by()
    rows = scores.values_list(f"person__group__{way}", "band", "fifth").annotate(n=Count("pk"), stake=Sum("stake"))
    sums: dict[str, dict[tuple[str, str], list[float]]] = defaultdict(dict)
    for key, band, fifth, count, stake in rows:
        if key:
            cell = sums[key].setdefault((band, WORTH.get(fifth, "medium")), [0, 0.0])
            cell[0] += count
            cell[1] += stake or 0.0
    return {
        key: [[*names, int(count), round(stake, 2)] for names, (count, stake) in cells.items()]
        for key, cells in sums.items()
    }


def recount_stale_groups() -> bool:
    """Count them if somebody has moved since; returns whether anybody had."""
    if not CustomerGroup.objects.filter(is_stale=True).exists():
        return False
    recount_groups()
    return True
