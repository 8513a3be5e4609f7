"""Counts that take longer than a page may: asked for as rows, done by a worker once, kept for the reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

import structlog
from celery import current_app
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils import timezone, translation
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerDown

from analytics.models import Report, ReportResult, ReportSpec
from analytics.queries.reports import ReportError, ReportFigures, report_figures
from analytics.queries.reports.figures import PAGE_SECONDS, Span, count
from analytics.queries.reports.periods import days_of, read_here
from analytics.queries.reports.questions import resolve
from analytics.queries.time_limit import TooSlowError
from crm.filters import FilterError
from crm.models import User
from crm.queries.zone import workspace_zone

log = structlog.get_logger(__name__)

WORKER_SECONDS = 240.0
LEASE = timedelta(minutes=6)
KEPT_FOR = timedelta(days=2)
MOST_WAITING = 20  # of one reader


def answered(
    asked: Report | ReportSpec,
    user: User,
    *,
    extra_filter: Mapping[str, Any] | None = None,
    span: Span | None = None,
    seconds: float | None = PAGE_SECONDS,
) -> ReportFigures:
    """`report_figures`, and where these take long or are old, a worker is asked to count."""
    figures = report_figures(asked, user, extra_filter=extra_filter, span=span, seconds=seconds)
    if figures.key:
        ask_for(figures.spec, figures.key, user)
        return replace(figures, key="")
    return figures


def ask_for(spec: ReportSpec, key: str, user: User) -> None:
    """Have it counted, unless that is under way; a reader who asks for very many waits for those first."""
    now = timezone.now()
    waiting = ReportResult.objects.filter(user=user, state=ReportResult.State.WAITING)
    if waiting.filter(key=key).exists() or waiting.count() >= MOST_WAITING:
        return
    question = {**spec.as_data(), "language": translation.get_language() or "en"}
    fresh = {"question": question, "state": ReportResult.State.WAITING, "asked_at": now, "leased_until": None}
    try:
        with transaction.atomic():
            result, _made = ReportResult.objects.update_or_create(user=user, key=key, defaults=fresh)
    except IntegrityError:  # asked for twice at once
        return
    transaction.on_commit(lambda: wake(result.pk))


def wake(result_id: int) -> None:
    """Tell a worker. A broker that is down costs time, not the count: the sweep finds it."""
    try:
        current_app.send_task("analytics.count_report", kwargs={"result_id": result_id})
    except (BrokerDown, OSError):
        log.warning("broker_down", result_id=result_id)


def count_result(result_id: int) -> None:
    """Count what was asked for, under a lease, so that no two workers do; may be called again at any time."""
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    mine = ReportResult.objects.filter(free, pk=result_id, state=ReportResult.State.WAITING)
    if not mine.update(leased_until=now + LEASE):
        return
    result = ReportResult.objects.select_related("user").get(pk=result_id)
    cells, error = _count(result)
    done = {"cells": cells, "counted_at": timezone.now(), "error": ""} if cells else {"error": error[:300]}
    state = ReportResult.State.DONE if cells else ReportResult.State.FAILED
    ReportResult.objects.filter(pk=result_id).update(state=state, leased_until=None, **done)


def _count(result: ReportResult) -> tuple[dict[str, Any], str]:
    """The cells with the unit of their steps, or the words of what went wrong."""
    data = dict(result.question)
    with translation.override(data.pop("language")), timezone.override(workspace_zone()):
        here = read_here()
        spec = ReportSpec(**{**data, **{key: parse_date(data[key] or "") for key in ("starts_on", "ends_on")}})
        try:
            question = resolve(spec)
            counted = count(question, result.user, days_of(spec, timezone.localdate()), here, WORKER_SECONDS)
        except (ReportError, FilterError) as error:
            return {}, str(error)
        except TooSlowError:
            return {}, _("This takes too long to count. Choose a shorter period or fewer filters.")
    return {**counted.cells.as_data(), "unit": counted.unit}, ""


def count_left_behind() -> int:
    """Wake workers for what waits longer than it should, and drop what nobody looks at any more."""
    now = timezone.now()
    late = Q(leased_until__lt=now) | Q(leased_until=None, asked_at__lt=now - timedelta(seconds=30))
    left = list(ReportResult.objects.filter(late, state=ReportResult.State.WAITING).values_list("pk", flat=True))
    for result_id in left:
        wake(result_id)
    ReportResult.objects.filter(asked_at__lt=now - KEPT_FOR).delete()
    return len(left)
