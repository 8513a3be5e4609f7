"""Counts the rows of a question in the database: which groups and splits there are, and what they come to."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from decimal import Decimal
from statistics import median
from typing import Any

from django.db.models import Case, CharField, Count, DateField, F, Q, QuerySet, Sum, Value, When
from django.db.models.functions import TruncDate, TruncMonth
from django.utils.translation import gettext as _

from analytics.models.reports import Unit

from .cells import BANDS, NONE, NOTHING, OTHER, Amount, Cells, Steps, by_steps, finish_time, in_order, key_of
from .questions import Dimension, Measure, Question, ReportError

MOST_GROUPS = 20
MOST_SPLITS = 7
MOST_VALUES = 100_000  # rows that a median is looked for in


def count_rows(question: Question, rows: QuerySet[Any], steps: Steps) -> Cells:
    """Count these rows, in at most four questions to the database. Raises ReportError."""
    if question.measure.way == "median":
        return _medians(question, rows, steps)
    whole = _whole(question.measure, rows)
    if not question.spec.group_by:
        return Cells(whole)
    if question.is_by_time:
        return _by_time(question, rows, steps, whole)
    assert question.group is not None  # noqa: S101 (neither none nor time)
    groups = _tops(question.group, question.measure, rows, MOST_GROUPS, whole)
    if question.split is None:
        return Cells(whole, groups)
    splits = _tops(question.split, question.measure, rows, MOST_SPLITS, whole)
    narrowed = rows.annotate(report_group=_grouping(question.group), report_split=_grouping(question.split))
    found = narrowed.filter(
        _among("report_group", question.group, groups), _among("report_split", question.split, splits)
    )
    both = _grouped(question.measure, found, "report_group", "report_split")
    return Cells(whole, groups, splits, _with_rest(both, groups, splits))


def _by_time(question: Question, rows: QuerySet[Any], steps: Steps, whole: Amount) -> Cells:
    dated = rows.annotate(report_group=_step(question, steps))
    if question.split is None:
        return Cells(whole, by_steps(_grouped(question.measure, dated, "report_group"), steps))
    splits = _tops(question.split, question.measure, rows, MOST_SPLITS, whole)
    found = dated.annotate(report_split=_grouping(question.split))
    both: dict[tuple[str, str], Amount] = defaultdict(Amount)
    for (day, split), amount in _grouped(question.measure, found, "report_group", "report_split").items():
        key = split if split in splits else OTHER
        both[steps.key(day), key] += amount
    return finish_time(whole, splits, both)


def _step(question: Question, steps: Steps) -> Any:
    path, is_coarse = question.date.path, steps.unit not in (Unit.DAY, Unit.WEEK)
    if not question.date.has_time:
        return TruncMonth(path) if is_coarse else F(path)
    if is_coarse:
        return TruncMonth(path, tzinfo=steps.zone, output_field=DateField())
    return TruncDate(path, tzinfo=steps.zone)


def _grouping(dimension: Dimension) -> Any:
    if not dimension.is_band:
        return dimension.by
    edges = [When(Q(report_number__lt=edge), then=Value(str(place))) for place, edge in enumerate(BANDS)]
    return Case(When(report_number=None, then=None), *edges, default=Value(str(len(BANDS))), output_field=CharField())


def prepared(question: Question, rows: QuerySet[Any]) -> QuerySet[Any]:
    """The rows with the number that bands are made of. Raises ReportError for two at once."""
    numbers = [dimension for dimension in (question.group, question.split) if dimension and dimension.is_band]
    if len(numbers) > 1:
        raise ReportError(_("Two numbers can't be grouped at once. Choose another field to split by."))
    return rows.annotate(report_number=numbers[0].by) if numbers else rows


def _whole(measure: Measure, rows: QuerySet[Any]) -> Amount:
    found = rows.aggregate(**_aggregates(measure))
    return Amount(found["rows_found"] or 0, _decimal(found.get("rows_total"), measure))


def _aggregates(measure: Measure) -> dict[str, Any]:
    if measure.way == "count":
        return {"rows_found": Count("pk")}
    if measure.way == "share":
        assert measure.of is not None  # noqa: S101 (every share has both)
        assert measure.part is not None  # noqa: S101
        return {
            "rows_found": Count("pk", filter=measure.of),
            "rows_total": Count("pk", filter=measure.of & measure.part),
        }
    assert measure.value is not None  # noqa: S101 (every amount has one)
    return {"rows_found": Count(measure.value()), "rows_total": Sum(measure.value())}


def _decimal(value: Any, measure: Measure) -> Decimal:
    if value is None:
        return NOTHING
    if isinstance(value, timedelta):
        return Decimal(value.total_seconds()) / (86_400 if measure.kind == "days" else 60)
    return value if isinstance(value, Decimal) else Decimal(str(value))


def _grouped(measure: Measure, rows: QuerySet[Any], *names: str) -> dict[tuple[Any, ...], Amount]:
    """Amounts by the values of these annotations: keys, but of a date the day itself."""
    found: dict[tuple[Any, ...], Amount] = defaultdict(Amount)
    grouped = rows.order_by().values(*names).annotate(**_aggregates(measure))
    for row in grouped:
        keys = tuple(_day_or_key(row[name]) for name in names)
        found[keys] += Amount(row["rows_found"] or 0, _decimal(row.get("rows_total"), measure))
    return found


def _day_or_key(value: Any) -> Any:
    return value if isinstance(value, date) else key_of(value)


def _tops(dimension: Dimension, measure: Measure, rows: QuerySet[Any], most: int, whole: Amount) -> dict[str, Amount]:
    """The largest groups by what is shown, and OTHER for the rest. A row with two tags is in two groups."""
    aggregates = _aggregates(measure)
    grouped = rows.annotate(report_key=_grouping(dimension)).order_by().values("report_key").annotate(**aggregates)
    by = F("rows_total" if measure.way == "sum" else "rows_found")
    largest = grouped.order_by(by.desc(nulls_last=True), "report_key")  # groups without a value have no total
    found: dict[str, Amount] = {}
    for row in largest[: most + 2]:  # nothing and empty text are two rows and one group
        key = key_of(row["report_key"])
        found[key] = found.get(key, Amount()) + Amount(row["rows_found"] or 0, _decimal(row.get("rows_total"), measure))
    shown = dict(list(found.items())[:most])
    if len(found) > most and dimension.kind != "many":
        shown[OTHER] = whole - sum(shown.values(), Amount())
    return in_order(dimension, shown)


def _among(name: str, dimension: Dimension, keys: Iterable[str]) -> Q:
    """Rows whose annotation has one of these keys."""
    found = Q(**{f"{name}__in": [key[1:] for key in keys if key not in (NONE, OTHER)]})
    if NONE not in keys:
        return found
    found |= Q(**{f"{name}__isnull": True})
    options = dimension.field.options() if dimension.field.options else {}
    is_text = dimension.kind == "text" or (dimension.kind == "choice" and all(isinstance(key, str) for key in options))
    return found | Q(**{name: ""}) if is_text and not dimension.key.startswith("custom.") else found


def _with_rest(
    both: Mapping[tuple[Any, ...], Amount], groups: Mapping[str, Amount], splits: Mapping[str, Amount]
) -> dict[tuple[str, str], Amount]:
    """The cells of the shown groups and splits, and what is left of each in OTHER."""
    cells = {(group, split): both.get((group, split), Amount()) for group in groups for split in splits}
    if OTHER in splits:
        for group in groups:
            cells[group, OTHER] = groups[group] - sum(
                (cells[group, split] for split in splits if split != OTHER), Amount()
            )
    if OTHER in groups:
        for split in splits:
            cells[OTHER, split] = splits[split] - sum(
                (cells[group, split] for group in groups if group != OTHER), Amount()
            )
    return cells


# --- medians ------------------------------------------------------------------------------------------------------


def _medians(question: Question, rows: QuerySet[Any], steps: Steps) -> Cells:
    """Medians do not add up: they are found among the values themselves, as far as these are not too many."""
    measure = question.measure
    assert measure.value is not None  # noqa: S101 (every amount has one)
    group = _step(question, steps) if question.is_by_time else _key_column(question.group)
    columns = {"report_group": group, "report_split": _key_column(question.split), "report_value": measure.value()}
    valued = rows.annotate(**columns).filter(report_value__isnull=False).order_by()
    read = list(valued.values_list("report_group", "report_split", "report_value")[: MOST_VALUES + 1])
    if len(read) > MOST_VALUES:
        raise ReportError(
            _("There are too many rows to find the one in the middle. Choose the average, or narrow the report.")
        )
    values = [
        (steps.key(group) if question.is_by_time else key_of(group), key_of(split), _decimal(value, measure))
        for group, split, value in read
    ]
    groups = _kept_keys([group for group, _s, _v in values], None if question.is_by_time else MOST_GROUPS)
    splits = _kept_keys([split for _g, split, _v in values], MOST_SPLITS)
    placed = [(g if g in groups else OTHER, s if s in splits else OTHER, v) for g, s, v in values]
    cells = Cells(_middle([value for _g, _s, value in placed]))
    if question.spec.group_by:
        cells.groups = _sorted(question, _middles((g, v) for g, _s, v in placed))
    if question.split is not None:
        cells.splits = in_order(question.split, _middles((s, v) for _g, s, v in placed))
        cells.both = _middles(((g, s), v) for g, s, v in placed)
    return cells


def _key_column(dimension: Dimension | None) -> Any:
    return Value(None, output_field=CharField()) if dimension is None else _grouping(dimension)


def _kept_keys(keys: Sequence[str], most: int | None) -> set[str]:
    counts: dict[str, int] = defaultdict(int)
    for key in keys:
        counts[key] += 1
    return set(sorted(counts, key=lambda key: (-counts[key], key))[:most])


def _middle(values: Sequence[Decimal]) -> Amount:
    return Amount(len(values), sum(values, NOTHING), median(values)) if values else Amount()


def _middles(pairs: Iterable[tuple[Any, Decimal]]) -> dict[Any, Amount]:
    values: dict[Any, list[Decimal]] = defaultdict(list)
    for key, value in pairs:
        values[key].append(value)
    return {key: _middle(found) for key, found in values.items()}


def _sorted(question: Question, amounts: Mapping[str, Amount]) -> dict[str, Amount]:
    if question.group is None:
        return dict(sorted(amounts.items()))
    largest = dict(sorted(amounts.items(), key=lambda item: (-(item[1].middle or NOTHING), item[0])))
    return in_order(question.group, largest)
