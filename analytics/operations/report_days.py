"""Keeps the counted days of reports equal to the rows: by events as these come, and anew every night."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count, Max, Min, Sum, Value
from django.db.models.fields import DecimalField
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from analytics.models import ReportCounted, ReportDay, ReportStale
from analytics.queries.reports.kept import KEPT, Kept
from crm.models import Event
from crm.queries.zone import workspace_zone

from .sales import placed_at

QUICK = 20_000  # rows of one day that are counted again while an event is handled
QUIET = timedelta(minutes=2)  # without news of an import before everything is counted again
MOMENT = timedelta(seconds=10)
NOTHING = Decimal(0)
TALKS = ("conversation", "message")


def follow_rows(events: Sequence[Event]) -> None:
    """Count the days of the rows of these events again; what imports bring and what erasing takes along is only noted,
    and counted when it rests."""
    news = [event for event in events if event.via != Event.Via.IMPORT and not event.kind.startswith("import.")]
    if len(news) < len(events):
        for target in KEPT:
            mark_stale(target, None)
    if any(event.kind == "person.erased" for event in news):
        for target in TALKS:  # they went with the person, and nothing says of which days they were
            mark_stale(target, None)
    zone = workspace_zone()
    for target, days in _days_of(news, zone).items():
        for day in sorted(days):
            recount_day(target, day, zone)


def _days_of(events: Sequence[Event], zone: ZoneInfo) -> dict[str, set[date]]:
    """On which days the rows of these events fall, also of those that are gone."""
    days: dict[str, set[date]] = defaultdict(set)
    ids: dict[str, set[int]] = defaultdict(set)
    for event in events:
        if event.kind.startswith("order."):
            days["order"].add(placed_at(event).astimezone(zone).date())
        if event.subject_type in KEPT and event.subject_id is not None:
            ids[event.subject_type].add(event.subject_id)
        if event.kind == "person.deleted" and (at := parse_datetime(str(event.data.get("added_at", "")))):
            days["person"].add(at.astimezone(zone).date())
        if event.kind == "person.deleted":
            # News of their messages that nobody had handled went with them; the messages stay. Such news are young.
            young = {at.astimezone(zone).date() for at in (event.at, event.at - timedelta(days=1))}
            days["conversation"] |= young
            days["message"] |= young
        if event.kind.startswith("message.") and isinstance(event.data.get("conversation"), int):
            ids["conversation"].add(event.data["conversation"])
        if event.kind.startswith(("message.", "conversation.")):
            # A message is a moment older than its event, which may be the moment of midnight.
            days["message"] |= {at.astimezone(zone).date() for at in (event.at, event.at - MOMENT)}
    for target, found in ids.items():
        kept = KEPT[target]
        for at in kept.rows().filter(pk__in=found).values_list(kept.date, flat=True):
            days[target].add(at.astimezone(zone).date())
    return days


def mark_stale(target: str, day: date | None) -> None:
    """This day, or everything, has to be counted before it is believed."""
    noted = ReportStale.objects.filter(target=target, day=day)
    now = timezone.now()
    if day is None and noted.update(noted_at=now):
        return
    if not noted.exists():
        ReportStale.objects.bulk_create([ReportStale(target=target, day=day, noted_at=now)], ignore_conflicts=True)


def recount_day(target: str, day: date, zone: ZoneInfo, *, quick: int | None = QUICK) -> None:
    """Count the rows of one day again; a day with more than `quick` rows is noted instead."""
    known = ReportDay.objects.filter(target=target, field="", day=day).values_list("number", flat=True).first()
    if quick is not None and (known or 0) > quick:
        mark_stale(target, day)
        return
    with transaction.atomic():
        if _lock(target).rebuilt_at is not None:
            _write(target, day, day + timedelta(days=1), zone)


def recount_stale() -> int:
    """Count what was noted: single days, everything where an import has come to rest, and what was never counted.

    Returns how many counts that took.
    """
    zone, done = workspace_zone(), 0
    whole = set(ReportCounted.objects.filter(zone=str(zone), rebuilt_at__isnull=False).values_list("pk", flat=True))
    for target in sorted(set(KEPT) - whole):
        rebuild_days(target)
        done += 1
    for note in ReportStale.objects.order_by("pk"):
        if note.day is None and timezone.now() - note.noted_at < QUIET:
            continue
        if note.day is None:
            rebuild_days(note.target)
        else:
            recount_day(note.target, note.day, zone, quick=None)
        ReportStale.objects.filter(pk=note.pk, noted_at=note.noted_at).delete()
        done += 1
    return done


def rebuild_all_days() -> None:
    """Every night: count everything again, so that nothing that went unnoticed stays."""
    for target in KEPT:
        rebuild_days(target)


def rebuild_days(target: str) -> None:
    """Count every day of a target, month by month, each in a short transaction."""
    kept, zone = KEPT[target], workspace_zone()
    began = timezone.now()
    ReportCounted.objects.get_or_create(pk=target)
    span = kept.rows().aggregate(first=Min(kept.date), last=Max(kept.date))
    days = [at.astimezone(zone).date() for at in (span["first"], span["last"]) if at]
    for first, end in _months(days):
        with transaction.atomic():
            _lock(target)
            _write(target, first, end, zone)
    with transaction.atomic():
        _lock(target)
        rest = ReportDay.objects.filter(target=target)
        if days:
            rest = rest.exclude(day__gte=min(days), day__lte=max(days))
        rest.delete()
        ReportStale.objects.filter(target=target, noted_at__lt=began).delete()
        ReportCounted.objects.filter(pk=target).update(zone=str(zone), rebuilt_at=timezone.now())


def _lock(target: str) -> ReportCounted:
    """One writer of a target's days at a time."""
    row, _made = ReportCounted.objects.select_for_update().get_or_create(pk=target)
    return row


def _months(days: Sequence[date]) -> Iterator[tuple[date, date]]:
    """The first day of each month that holds rows, and the first after it."""
    if not days:
        return
    month, last = min(days).replace(day=1), max(days)
    while month <= last:
        following = (month.replace(day=28) + timedelta(days=4)).replace(day=1)
        yield month, following
        month = following


def _write(target: str, first: date, end: date, zone: ZoneInfo) -> None:
    rows = _counted(target, KEPT[target], first, end, zone)
    ReportDay.objects.filter(target=target, day__gte=first, day__lt=end).delete()
    ReportDay.objects.bulk_create(rows, batch_size=1000)


def _counted(target: str, kept: Kept, first: date, end: date, zone: ZoneInfo) -> list[ReportDay]:
    """The rows of these days, grouped by all kept fields at once and put under each field in turn."""
    edges = [datetime.combine(day, time.min, tzinfo=zone) for day in (first, end)]
    rows = kept.rows().filter(**{f"{kept.date}__gte": edges[0], f"{kept.date}__lt": edges[1]})
    total: Any = Sum(kept.amount) if kept.amount else Value(NOTHING, output_field=DecimalField())
    grouped = rows.annotate(report_day=TruncDate(kept.date, tzinfo=zone)).values("report_day", *kept.fields.values())
    sums: dict[tuple[date, str, str], list[Any]] = defaultdict(lambda: [0, NOTHING])
    for row in grouped.annotate(report_rows=Count("pk"), report_total=total).iterator():
        for field, value in _places(kept, row):
            cell = sums[row["report_day"], field, value]
            cell[0] += row["report_rows"]
            cell[1] += row["report_total"] or NOTHING
    return [
        ReportDay(target=target, day=day, field=field, value=value, number=number, total=amount)
        for (day, field, value), (number, amount) in sums.items()
    ]


def _places(kept: Kept, row: dict[str, Any]) -> Iterable[tuple[str, str]]:
    """Under which fields and values a group of rows is counted."""
    yield "", ""
    for field, path in kept.fields.items():
        yield field, "" if row[path] is None else str(row[path])
