"""Sends reports to those who wish for them by mail: every Monday or on the first of the month, each once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from analytics.models import Report
from analytics.queries.reports import ReportFigures, report_figures
from crm.queries.zone import workspace_zone
from inbox.operations.posting import post_mail

MORNING = 6  # o'clock in the workspace's zone
WORKER_SECONDS = 120.0
SUBJECT, BODY = "analytics/mail/report_subject.txt", "analytics/mail/report.txt"


def mail_due_reports(now: datetime | None = None) -> int:
    """Queue the mails that are due and not sent yet; returns how many. May run any number of times."""
    zone = workspace_zone()
    here = (now or timezone.now()).astimezone(zone)
    if here.hour < MORNING:
        return 0
    since = {
        Report.Mailed.WEEK: here.date() - timedelta(days=here.weekday()),
        Report.Mailed.MONTH: here.date().replace(day=1),
    }
    due = Q()
    for how, day in since.items():
        due |= Q(mailed=how) & (Q(mailed_on=None) | Q(mailed_on__lt=day))
    reports = Report.objects.filter(due, owner__is_active=True).select_related("owner").order_by("pk")
    return sum(_mail(report, since[Report.Mailed(report.mailed)], zone) for report in reports.iterator())


def _mail(report: Report, day: date, zone: ZoneInfo) -> int:
    """Queue one mail in its reader's language and note its day, both or neither."""
    with translation.override(report.owner.language or settings.LANGUAGE_CODE), timezone.override(zone):
        figures = report_figures(report, report.owner, seconds=WORKER_SECONDS)
        context = {"report": report, "figures": figures, "lines": _lines(figures), "url": _url(report)}
        subject = render_to_string(SUBJECT, context).strip()
        body = render_to_string(BODY, context)
    with transaction.atomic():
        post_mail(once_key=f"report:{report.pk}:{day}", to=report.owner.email, subject=subject, body=body)
        Report.objects.filter(pk=report.pk).update(mailed_on=day)
    return 1


def _lines(figures: ReportFigures) -> list[str]:
    """The table as lines of text."""
    if figures.error:
        return [figures.error]
    if figures.is_waiting:
        return [_("It took too long to count. Open the report to see it.")]
    if figures.is_empty:
        return [_("Nothing to show")]
    lines = []
    for line in figures.lines:
        parts = [
            f"{series.label} {figure.words}"
            for series, figure in zip(figures.series, line.figures, strict=True)
            if figure.n
        ]
        lines.append(f"{line.label}: {line.whole.words}" + (f" ({', '.join(parts)})" if parts else ""))
    return [*lines, *([""] if lines else []), f"{_('All')}: {figures.whole.words}"]


def _url(report: Report) -> str:
    return f"{settings.SITE_URL}{reverse('analytics:report-detail', args=[report.pk])}"
