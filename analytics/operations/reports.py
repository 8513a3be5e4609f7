"""Writes of reports."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from analytics.models import Report, ReportSpec
from analytics.models.reports import SPEC_FIELDS
from analytics.queries.reports.questions import resolve
from crm.events import record_event
from crm.filters import compile_filter
from crm.models import User

MOST_OF_ONE = 500


class ReportNameTakenError(ValueError):
    """The user has a report of this name already."""


class TooManyReportsError(ValueError):
    """Nobody needs so many: a program has gone wild."""


@transaction.atomic
def save_report(
    *,
    actor: User,
    name: str,
    spec: ReportSpec,
    is_shared: bool = False,
    mailed: str = "",
    report: Report | None = None,
) -> Report:
    """A new report, or a new version of `report`. Records `report.saved`.

    Raises ReportNameTakenError, TooManyReportsError, and ReportError or FilterError where it can't be answered.
    """
    resolve(spec)
    compile_filter(spec.target, spec.filter)
    name = " ".join(name.split())[:100]
    own = Report.objects.filter(owner=actor)
    others = own.exclude(pk=report.pk) if report is not None else own
    if others.filter(name=name).exists():
        raise ReportNameTakenError(_("You have a report called “%(name)s” already.") % {"name": name})
    if report is None and own.count() >= MOST_OF_ONE:
        raise TooManyReportsError(_("You have %(most)s reports. Delete some first.") % {"most": MOST_OF_ONE})
    report = report or Report(owner=actor)
    for field in SPEC_FIELDS:
        setattr(report, field, getattr(spec, field))
    report.filter = dict(spec.filter)
    if mailed != report.mailed:
        report.mailed_on = timezone.localdate()  # the first mail is the next one due
    report.name, report.is_shared, report.mailed = name, is_shared, mailed
    report.save()
    record_event(kind="report.saved", subject=report, actor=actor, data={"name": name, "is_shared": is_shared})
    return report


@transaction.atomic
def delete_report(*, report: Report, actor: User) -> dict[str, Any]:
    """Remove a report. Records `report.deleted`; returns what `restore_report` needs, as JSON."""
    named = {"id": report.pk, "name": report.name, "is_shared": report.is_shared, "mailed": report.mailed}
    kept = {**report.spec.as_data(), **named}
    record_event(kind="report.deleted", subject=report, actor=actor, data={"name": report.name})
    report.delete()
    return kept


@transaction.atomic
def restore_report(*, kept: dict[str, Any], actor: User) -> Report:
    """Put a deleted report back at its old address, so that dashboards find it again; done twice it is there once.

    Where its name is taken by now it gets another one. Records `report.saved`.
    """
    values = dict(kept)
    pk = values.pop("id", None)
    found = Report.objects.filter(pk=pk, owner=actor).first()
    if found is not None:
        return found
    name, is_shared, mailed = (values.pop(key) for key in ("name", "is_shared", "mailed"))
    for key in ("starts_on", "ends_on"):
        values[key] = parse_date(values[key]) if values[key] else None
    spec = ReportSpec(**values)
    report = Report(pk=pk, owner=actor, name=free_name(actor, name), is_shared=is_shared, mailed=mailed)
    for field in SPEC_FIELDS:
        setattr(report, field, getattr(spec, field))
    report.save(force_insert=True)
    record_event(kind="report.saved", subject=report, actor=actor, data={"name": report.name, "is_shared": is_shared})
    return report


def free_name(owner: User, name: str) -> str:
    """The name, or the first with a number after it that this user has not given yet."""
    taken = set(Report.objects.filter(owner=owner, name__startswith=name[:80]).values_list("name", flat=True))
    names = [name, *(f"{name[:90]} ({number})" for number in range(2, MOST_OF_ONE + 3))]
    return next(each for each in names if each not in taken)
