"""From what a report asks, by keys, to what the database is asked: fields, numbers, dates and periods.

Keys are looked up in the registries of sources and filter fields; nothing of the input becomes an ORM path.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.db.models import Case, F, FloatField, IntegerField, Q, When
from django.db.models.fields.json import KT
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from analytics.models import ReportSpec
from analytics.models.reports import COUNT, TIME
from crm.extensions import FilterField, ReportAmount, ReportSource, report_sources
from crm.filters import FilterError, fields_of
from crm.own_fields import NUMBER

WAYS = {
    "sum": _l("%(name)s, total"),
    "average": _l("%(name)s, average"),
    "median": _l("%(name)s, median (half are below)"),
}
DATES = ("date", "datetime")


class ReportError(ValueError):
    """The report can't be answered; the message says which part and why, in words for the reader."""


@dataclass(frozen=True)
class Dimension:
    """A field by whose values rows are grouped."""

    key: str
    label: str
    kind: str
    by: Any
    field: FilterField
    is_whole: bool = False

    @property
    def is_band(self) -> bool:
        """Numbers are grouped by bands."""
        return self.kind == "number"


@dataclass(frozen=True)
class Measure:
    """What is counted of each group. `way` is count, sum, average, median or share; `kind` how it is said."""

    key: str
    label: str
    way: str
    kind: str = "number"
    value: Callable[[], Any] | None = None
    part: Q | None = None
    of: Q | None = None
    currency: str = ""

    @property
    def is_additive(self) -> bool:
        """Whether the figures of groups add up to the whole's."""
        return self.way in ("count", "sum")


@dataclass(frozen=True)
class DateField:
    """A date of each row by which it falls into periods. `path` is an ORM path."""

    key: str
    label: str
    path: str
    has_time: bool


@dataclass(frozen=True)
class Question:
    """A report's question with every key resolved."""

    spec: ReportSpec
    source: ReportSource
    measure: Measure
    date: DateField
    group: Dimension | None
    split: Dimension | None

    @property
    def is_by_time(self) -> bool:
        return self.spec.group_by == TIME


@dataclass(frozen=True)
class Choices:
    """What can be asked of one source; one query."""

    source: ReportSource
    measures: Mapping[str, Measure]
    dates: Mapping[str, DateField]
    dimensions: Mapping[str, Dimension]


def find_source(target: str) -> ReportSource:
    """Raises ReportError."""
    source = report_sources.get(target)
    if source is None:
        raise ReportError(_("Nothing of the kind “%(kind)s” can be counted here (any more).") % {"kind": target[:40]})
    return source


def choices_of(target: str) -> Choices:
    """Raises ReportError."""
    source = find_source(target)
    fields = {field.key.removeprefix(f"{target}."): field for field in fields_of(target)}
    return Choices(source, _measures(source, fields), _dates(source, fields), _dimensions(source, fields))


def resolve(spec: ReportSpec) -> Question:
    """Look every key up. Raises ReportError with words."""
    choices = choices_of(spec.target)
    group = None if spec.group_by in ("", TIME) else _found(choices.dimensions, spec.group_by)
    split = _found(choices.dimensions, spec.split_by) if spec.split_by and spec.group_by else None
    if group is not None and split is not None and split.key == group.key:
        split = None
    return Question(
        spec=spec,
        source=choices.source,
        measure=_found(choices.measures, spec.measure),
        date=_found(choices.dates, spec.date_by or choices.source.date),
        group=group,
        split=split,
    )


def _found(known: Mapping[str, Any], key: str) -> Any:
    if key not in known:
        raise ReportError(_("There is no field “%(field)s” here (any more).") % {"field": key[:80]})
    return known[key]


# --- what a source offers -----------------------------------------------------------------------------------------


def _measures(source: ReportSource, fields: Mapping[str, FilterField]) -> dict[str, Measure]:
    found = {COUNT: Measure(COUNT, str(source.count_label), COUNT)}
    for amount in (*source.amounts, *_numbers(source, fields)):
        for way, words in WAYS.items():
            name, label = f"{way}.{amount.key}", str(words) % {"name": amount.label}
            found[name] = Measure(name, label, way, amount.kind, amount.value, currency=amount.currency)
    for share in source.shares:
        name = f"share.{share.key}"
        found[name] = Measure(name, str(share.label), "share", "share", None, share.part(), share.of())
    return found


def _numbers(source: ReportSource, fields: Mapping[str, FilterField]) -> Sequence[ReportAmount]:
    """The numbers of the filter language that the source does not name itself."""
    known = {amount.key for amount in source.amounts}
    return [
        ReportAmount(key, field.label, "number", partial(_expression, field))
        for key, field in fields.items()
        if field.kind == "number" and key not in known and (field.path or field.by)
    ]


def _dates(source: ReportSource, fields: Mapping[str, FilterField]) -> dict[str, DateField]:
    dated = {
        key: DateField(key, str(field.label), field.path, field.kind == "datetime")
        for key, field in fields.items()
        if field.kind in DATES and field.path and ".custom." not in field.key
    }
    return {source.date: dated[source.date], **dated}


def _dimensions(source: ReportSource, fields: Mapping[str, FilterField]) -> dict[str, Dimension]:
    whole = {one.name for one in source.model()._meta.get_fields() if isinstance(one, IntegerField)}
    return {
        key: Dimension(key, str(field.label), field.kind, _expression(field), field, field.path in whole)
        for key, field in fields.items()
        if field.kind not in DATES and (field.path or field.by)
    }


def _expression(field: FilterField) -> Any:
    if field.by is not None:
        return field.by()
    if field.kind == "number" and ".custom." in field.key:
        return Case(When(**{f"{field.path}__regex": NUMBER}, then=Cast(KT(field.path), FloatField())))
    return KT(field.path) if ".custom." in field.key else F(field.path)


def explained(error: FilterError) -> ReportError:
    return ReportError(str(error))
