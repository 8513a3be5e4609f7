"""Whether a model is equally right about every group of people: its hold-out, compared by any field."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace
from functools import partial
from math import sqrt
from statistics import NormalDist
from typing import Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.functions import Abs
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.chances import TASKS
from analytics.models import WIN, DealRehearsal, ModelVersion, Rehearsal, ScoredTask, task_label
from analytics.reasons import money_words
from crm import formats
from crm.extensions import prediction_tasks
from crm.models import User

from .fairness_fields import GroupField, group_fields
from .measures import share_words
from .person_insight import workspace_currency

FEWEST = 30  # of whom chance alone says little
DOUBT = 0.05  # of all comparisons on the page together
Z = NormalDist().inv_cdf(0.975)
MONEY = (ScoredTask.VALUE, ScoredTask.VALUE_90)


@dataclass(frozen=True)
class Sums:
    """What a group adds up to: how many, what was said, what came, the misses squared and absolute, came squared."""

    people: int = 0
    said: float = 0.0
    came: float = 0.0
    squared: float = 0.0
    missed: float = 0.0
    came_squared: float = 0.0

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))

    @property
    def off(self) -> float:
        """How much more came than was said, for each person."""
        return (self.came - self.said) / self.people

    @property
    def doubt(self) -> float:
        """The variance of `off`."""
        return max(self.squared / self.people - self.off**2, 0.0) / self.people

    def came_between(self, *, is_money: bool) -> tuple[float, float]:
        """Where what came lies in nineteen of twenty cases: a share by Wilson (1927), money by its spread."""
        n, mean = self.people, self.came / self.people
        if is_money:
            spread = sqrt(max(self.came_squared / n - mean**2, 0.0) / n)
            return mean - Z * spread, mean + Z * spread
        middle, half = mean + Z**2 / (2 * n), Z * sqrt(mean * (1 - mean) / n + Z**2 / (4 * n**2))
        return (middle - half) / (1 + Z**2 / n), (middle + half) / (1 + Z**2 / n)


@dataclass(frozen=True)
class GroupLine:
    """One group in words. `verdict` is empty where what was said fits what came; `says` is a sentence for it then."""

    name: str
    people: str
    said: str
    came: str
    came_between: str
    missed: str
    verdict: str = ""
    says: str = ""


@dataclass(frozen=True)
class FairnessPage:
    """The vocabulary of the template; without `lines` nothing was measured yet."""

    task: str
    label: str
    fields: Sequence[GroupField] = ()
    chosen: str = ""
    lines: Sequence[GroupLine] = ()
    says: str = ""
    unit: str = ""
    sees: str = ""
    is_money: bool = False
    fewest: int = FEWEST


def fairness_page(user: User, task: str, key: str) -> FairnessPage:
    """Those of the hold-out whom this user sees, by the field with this key or else by the first."""
    target = prediction_tasks[task].target
    known = group_fields(target)
    chosen = next((one for one in known if one.key == key), known[0])
    version = ModelVersion.objects.filter(task=task, state=ModelVersion.State.CHAMPION).first()
    groups = _groups(_rehearsals(user, target, version), chosen) if version is not None else []
    page = FairnessPage(task, task_label(task), known, chosen.key, unit=_unit(task), is_money=task in MONEY)
    if version is None or not groups:
        return page
    saying = Saying(task, partial(money_words, currency=workspace_currency()) if page.is_money else share_words)
    lines = [_line(name, sums, verdict, saying) for name, sums, verdict in _judged(groups)]
    off = [line.name for line in lines if line.verdict]
    return replace(page, lines=lines, says=_summary(off, len(lines)), sees=_sees(version, chosen))


def _rehearsals(user: User, target: str, version: ModelVersion) -> QuerySet[Any]:
    table: Any = DealRehearsal if target == "deal" else Rehearsal
    rows: QuerySet[Any] = table.objects.visible_to(user).filter(version=version)
    return rows


def _unit(task: str) -> str:
    return str(TASKS[task].unit) if task in TASKS else _("Customers")


def _sees(version: ModelVersion, by: GroupField) -> str:
    """Whether the model reads this very field."""
    read = {name for name, _kind in version.card.get("columns", [])} if version.task not in ScoredTask.values else set()
    if by.column and by.column in read:
        return _("The prediction looks at this field itself.")
    return _("The prediction does not look at this field; it may still be off where other facts go along with it.")


@dataclass(frozen=True)
class Saying:
    """How numbers of a task are said."""

    task: str
    number: Callable[[float], str]

    @property
    def is_money(self) -> bool:
        return self.task in MONEY


def _groups(rehearsals: QuerySet[Rehearsal], by: GroupField) -> list[tuple[str, Sums]]:
    """Name and sums of each group, the largest first; small ones together, then whoever has no value."""
    miss = F("actual") - F("predicted")
    came = F("actual")
    sums = (Count("pk"), Sum("predicted"), Sum(came), Sum(miss * miss), Sum(Abs(miss)), Sum(came * came))
    named = {f"sum_{number}": each for number, each in enumerate(sums)}
    rows = rehearsals.order_by().annotate(by=by.expression).values("by").annotate(**named)
    found = {value: Sums(*totals) for value, *totals in rows.values_list("by", *named)}
    nobody = found.pop(None, Sums()) + found.pop("", Sums())
    small = {value for value, sums in found.items() if sums.people < FEWEST}
    large = sorted(found.keys() - small, key=lambda value: -found[value].people)
    names = by.say(large)
    groups = [(names.get(value, _("Unknown")), found[value]) for value in large]
    together = sum((found[value] for value in small), Sums())
    last = [(_("Smaller groups"), together), (_("Not filled in"), nobody)]
    return groups + [(name, sums) for name, sums in last if sums.people]


def _judged(groups: Sequence[tuple[str, Sums]]) -> list[tuple[str, Sums, int]]:
    """Each group with 1 where more came than was said, -1 where less, by more than chance explains.

    A two-sided test of the mean miss, with Bonferroni's correction for looking at many groups.
    """
    tested = sum(1 for _name, sums in groups if sums.people >= FEWEST)
    limit = NormalDist().inv_cdf(1 - DOUBT / 2 / max(tested, 1))
    return [(name, sums, _verdict(sums, limit) if sums.people >= FEWEST else 0) for name, sums in groups]


def _verdict(sums: Sums, limit: float) -> int:
    if abs(sums.off) <= limit * sqrt(sums.doubt):
        return 0
    return 1 if sums.off > 0 else -1


def _line(name: str, sums: Sums, verdict: int, saying: Saying) -> GroupLine:
    words = {1: _("more came than was said"), -1: _("less came than was said"), 0: ""}
    if not saying.is_money:
        words |= {1: _("it happens more often than said"), -1: _("it happens less often than said")}
    said, came, missed = (saying.number(total / sums.people) for total in (sums.said, sums.came, sums.missed))
    low, high = (saying.number(value) for value in sums.came_between(is_money=saying.is_money))
    line = GroupLine(name, formats.number(sums.people), said, came, f"{low} – {high}", missed, words[verdict])
    return replace(line, says=_says(line, sums.people, saying)) if verdict else line


def _says(line: GroupLine, people: int, saying: Saying) -> str:
    """ "Of 42 deals in “Fair” 30 % were foretold and 12 % came." """
    if saying.task == WIN:
        words = ngettext(
            "%(name)s: for %(n)s deal we said %(said)s, and %(came)s came.",
            "%(name)s: for %(n)s deals we said %(said)s, and %(came)s came.",
            people,
        )
    else:
        words = ngettext(
            "%(name)s: for %(n)s person we said %(said)s, and %(came)s came.",
            "%(name)s: for %(n)s people we said %(said)s, and %(came)s came.",
            people,
        )
    return words % {"name": line.name, "n": line.people, "said": line.said, "came": line.came}


def _summary(off: Sequence[str], count: int) -> str:
    if count < 2:
        return _("There is only one group to look at: fill in this field for more people to compare.")
    if not off:
        return _("What is predicted fits every group: the differences may be chance.")
    return _("Take care with %(names)s: here predictions are off by more than chance explains.") % {
        "names": formats.listed(off)
    }
