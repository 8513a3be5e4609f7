"""Whether a model is equally right about every group of people: its hold-out, compared by any field."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import astuple, dataclass
from functools import partial
from math import sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from django.db.models import Count, F, QuerySet, Sum
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Abs
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from analytics.models import ModelVersion, Rehearsal, ScoredTask, task_label
from analytics.reasons import money_words
from crm import formats
from crm.models import CustomField, Team, User

from .measures import share_words
from .person_insight import workspace_currency

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

FEWEST = 30  # people of whom chance alone says little
DOUBT = 0.05  # of all comparisons on the page together
MONEY = (ScoredTask.VALUE, ScoredTask.VALUE_90)
Value = Any


@dataclass(frozen=True)
class GroupField:
    """A field to compare by: how it is found from a rehearsal, and how many of its values are said."""

    key: str
    label: _StrOrPromise
    expression: Any
    say: Callable[[Sequence[Value]], Mapping[Value, str]]


@dataclass(frozen=True)
class Sums:
    """What a group adds up to: people, what was said, what came, and the misses, squared and absolute."""

    people: int = 0
    said: float = 0.0
    came: float = 0.0
    squared: float = 0.0
    missed: float = 0.0

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


@dataclass(frozen=True)
class GroupLine:
    """One group in words. `verdict` is empty where what was said fits what came."""

    name: str
    people: str
    said: str
    came: str
    missed: str
    verdict: str = ""


@dataclass(frozen=True)
class FairnessPage:
    """The vocabulary of the template; without `lines` nothing was measured yet."""

    task: str
    label: str
    fields: Sequence[GroupField] = ()
    chosen: str = ""
    lines: Sequence[GroupLine] = ()
    says: str = ""
    is_money: bool = False

    @property
    def is_blind(self) -> bool:
        """The model knows nothing of the fields that are compared here."""
        return self.task in ScoredTask.values


def fairness_page(user: User, task: str, key: str) -> FairnessPage:
    """The people of the hold-out whom this user sees, by the field with this key or else by the first."""
    known = group_fields()
    chosen = next((one for one in known if one.key == key), known[0])
    rehearsals = Rehearsal.objects.visible_to(user).filter(
        version__task=task, version__state=ModelVersion.State.CHAMPION
    )
    groups = _groups(rehearsals, chosen)
    is_money = task in MONEY
    page = FairnessPage(task, task_label(task), known, chosen.key, is_money=is_money)
    if not groups:
        return page
    say: Callable[[float], str] = partial(money_words, currency=workspace_currency()) if is_money else share_words
    lines = [_line(name, sums, verdict, say, is_money=is_money) for name, sums, verdict in _judged(groups)]
    off = [line.name for line in lines if line.verdict]
    return FairnessPage(task, page.label, known, chosen.key, lines, _summary(off, len(lines)), is_money=is_money)


def group_fields() -> list[GroupField]:
    """Fields with few values: those that everybody has, and the shop's own."""
    own = CustomField.objects.filter(
        target=CustomField.Target.PERSON,
        kind__in=[CustomField.Kind.BOOLEAN, CustomField.Kind.CHOICE],
        is_archived=False,
    )
    return [
        GroupField("country", _l("Country"), F("person__country"), _as_they_are),
        GroupField("language", _l("Language"), F("person__language"), _languages),
        GroupField("owner", _l("Owner"), F("person__owner"), partial(_names, User)),
        GroupField("team", _l("Team"), F("person__team"), partial(_names, Team)),
        *(
            GroupField(f"custom.{row.key}", row.label, KeyTextTransform(row.key, "person__custom"), _own_values)
            for row in own.order_by("position", "label")
        ),
    ]


def _as_they_are(values: Sequence[Value]) -> dict[Value, str]:
    return {value: str(value) for value in values}


def _languages(values: Sequence[Value]) -> dict[Value, str]:
    return {value: formats.language_name(value) for value in values}


def _own_values(values: Sequence[Value]) -> dict[Value, str]:
    """SQLite gives truth as a number, PostgreSQL as a word."""
    truth = {"1": _("Yes"), "true": _("Yes"), "0": _("No"), "false": _("No")}
    return {value: truth.get(str(value), str(value)) for value in values}


def _names(model: type[User | Team], values: Sequence[Value]) -> dict[Value, str]:
    return {row.pk: str(row) for row in model.objects.filter(pk__in=values)}


def _groups(rehearsals: QuerySet[Rehearsal], by: GroupField) -> list[tuple[str, Sums]]:
    """Name and sums of each group, the largest first; small ones together, then whoever has no value."""
    miss = F("actual") - F("predicted")
    sums = (Count("pk"), Sum("predicted"), Sum("actual"), Sum(miss * miss), Sum(Abs(miss)))
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


def _line(name: str, sums: Sums, verdict: int, say: Callable[[float], str], *, is_money: bool) -> GroupLine:
    words = {1: _("more came than was said"), -1: _("less came than was said"), 0: ""}
    if not is_money:
        words |= {1: _("it happens more often than said"), -1: _("it happens less often than said")}
    said, came, missed = (say(total / sums.people) for total in (sums.said, sums.came, sums.missed))
    return GroupLine(name, formats.number(sums.people), said, came, missed, words[verdict])


def _summary(off: Sequence[str], count: int) -> str:
    if count < 2:
        return _("There is only one group to look at: fill in this field for more people to compare.")
    if not off:
        return _("What the model says fits every group: the differences may be chance.")
    return _("Take care with %(names)s: here the model is off by more than chance explains.") % {
        "names": formats.listed(off)
    }
