"""The scores that stand, in columns: of a chunk of people at once, to see which of them tonight's would change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
from django.db.models import BooleanField, Case, ExpressionWrapper, F, Q, SmallIntegerField, Value, When
from django.db.models.functions import Coalesce
from numpy.typing import NDArray

from analytics.ml.purchases import Floats, Ints
from analytics.models import Band, Score

from .arrays import read_columns
from .turns import REST_DAYS

BANDS = {str(band): number for number, band in enumerate(Band)}
NO_BAND = -1
LEFT, NOTHING, SOMETHING = -1, 0, 1  # what is kept of why: left until somebody asks, no reason, or some
FEW = 500

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Standing:
    """What stands of one task, one row for each of the people asked for [n], in their order; where `is_there` is
    False the rest means nothing. `says`: LEFT, NOTHING or SOMETHING; `is_older`: of a day before; `is_late`: of a week
    before or more."""

    is_there: Bools
    is_model: Bools
    values: Floats
    bands: Ints
    fifths: Ints
    stakes: Floats
    versions: Ints
    horizons: Ints
    says: Ints
    is_older: Bools
    is_late: Bools

    def band(self, row: int) -> str:
        """In its word."""
        number = int(self.bands[row])
        return "" if number == NO_BAND else list(Band)[number]


def band_numbers(bands: Sequence[str]) -> Ints:
    """Of each band its number [n], for comparing."""
    return np.array([BANDS.get(band, NO_BAND) for band in bands], dtype=np.int64)


def what_is_said(reasons: Sequence[Sequence[Any] | None]) -> Ints:
    """Of each row of reasons whether they are left, none or some [n]."""
    return np.array([LEFT if each is None else min(len(each), SOMETHING) for each in reasons], dtype=np.int64)


def standing(judged: Mapping[str, Sequence[int]], *, as_of: date) -> Mapping[str, Standing]:
    """What stands of the people judged, by task, beside scores of the day `as_of`; one query."""
    numbers = {task: number for number, task in enumerate(judged)}
    of_task = _number([When(task=task, then=Value(number)) for task, number in numbers.items()], -1)
    ids = sorted(set().union(*judged.values()))
    asked = [(F("person_id"), "int"), (of_task, "int"), *_columns(as_of)]
    rows = Score.objects.filter(among("person_id", ids), task__in=list(judged)).order_by()
    people, of, *columns = read_columns(
        rows.values_list(*(expression for expression, _kind in asked)), tuple(kind for _expression, kind in asked)
    )
    return {task: _of_task(judged[task], people, of == number, columns) for task, number in numbers.items()}


def _columns(as_of: date) -> list[tuple[Any, str]]:
    """The expressions of the fields of `Standing` after the first, in their order."""
    bands = [When(band=band, then=Value(number)) for band, number in BANDS.items()]
    says = [When(reasons__isnull=True, then=Value(LEFT)), When(reasons=[], then=Value(NOTHING))]
    return [
        (_is(kind=Score.Kind.MODEL), "bool"),
        (F("value"), "float"),
        (_number(bands, NO_BAND), "int"),
        (F("fifth"), "int"),
        (Coalesce("stake", Value(0.0)), "float"),
        (Coalesce("model_version_id", Value(0)), "int"),
        (F("horizon_days"), "int"),
        (_number(says, SOMETHING), "int"),
        (_is(as_of__lt=as_of), "bool"),
        (_is(as_of__lte=as_of - timedelta(days=REST_DAYS)), "bool"),
    ]


def _is(**condition: Any) -> Any:
    return ExpressionWrapper(Q(**condition), output_field=BooleanField())


def _number(cases: Sequence[When], otherwise: int) -> Case:
    return Case(*cases, default=Value(otherwise), output_field=SmallIntegerField())


def _of_task(ids: Sequence[int], people: Ints, of: Bools, columns: Sequence[NDArray[Any]]) -> Standing:
    wanted, order = np.asarray(ids, dtype=np.int64), np.flatnonzero(of)
    order = order[np.argsort(people[order], kind="stable")]
    if not len(order):
        return Standing(np.zeros(len(wanted), bool), *(np.zeros(len(wanted), column.dtype) for column in columns))
    at = np.minimum(np.searchsorted(people[order], wanted), len(order) - 1)
    return Standing(people[order][at] == wanted, *(column[order][at] for column in columns))


def among(name: str, ids: Sequence[int]) -> Q:
    """Rows with these sorted ids; for many the range that holds them: one comparison instead of thousands."""
    return Q(**{f"{name}__in": ids}) if len(ids) <= FEW else Q(**{f"{name}__gte": ids[0], f"{name}__lte": ids[-1]})
