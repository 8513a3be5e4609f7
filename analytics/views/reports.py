"""The pages of reports: the list, one report, the builder, and its figures as a part of other pages."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.access import get_own_report, get_report
from analytics.forms.reports import QuestionForm, ReportNameForm
from analytics.models import Report, ReportSpec
from analytics.models.reports import Unit
from analytics.operations.report_results import answered
from analytics.operations.reports import (
    ReportNameTakenError,
    TooManyReportsError,
    delete_report,
    restore_report,
    save_report,
)
from analytics.queries.reports import ReportError, ReportFigures
from analytics.queries.reports.addresses import hidden_of, query_of, read_filter, read_spec
from analytics.queries.reports.figures import Span
from analytics.queries.reports.files import as_csv, as_xlsx
from analytics.queries.reports.pages import filter_chips, keys_to_forget, report_view, reports_page
from analytics.queries.reports.questions import choices_of
from analytics.ready_reports import READY, ReadyReport
from crm.access import Can, allows, needs, signed_in
from crm.filters import FilterError
from crm.forms.filters import RuleForm
from crm.models import User
from crm.operations.bulk import record_export
from crm.queries.list_filters import rules_of, with_rule
from crm.views.frames import leave, private, render_dialog, render_part
from crm.views.undo import keep_for_undo, offer_undo, take_for_undo

UNDO_KEY = "deleted_report"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_GET
def report_list(request: HttpRequest) -> HttpResponse:
    context = {"page": reports_page(signed_in(request), request.GET.get("q", ""))}
    return render_part(request, "analytics/report_list.html", context, part="found")


@require_GET
def report_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    report = get_report(user, pk)
    context = {"report": report, "is_mine": report.owner_id == user.pk, "tile": f"report:{pk}"}
    return _report_page(request, report.name, report.spec, reverse("analytics:report-detail", args=[pk]), context)


@require_GET
def report_ready(request: HttpRequest, ready: str) -> HttpResponse:
    found = _ready(ready)
    url = reverse("analytics:report-ready", args=[ready])
    return _report_page(request, str(found.name), found.spec, url, {"hint": found.hint, "tile": f"ready:{ready}"})


def _report_page(request: HttpRequest, name: str, spec: ReportSpec, url: str, context: dict[str, Any]) -> HttpResponse:
    user = signed_in(request)
    asked = _with_period(spec, request.GET)
    figures = replace(answered(asked, user), title=name)
    context |= {
        "name": name,
        "view": report_view(asked, figures, user, url),
        "can_export": allows(user, Can.EXPORT),
        "again_url": f"{url}?period={asked.period}",
    }
    return render_part(request, "analytics/report_detail.html", context, part="answer")


def _with_period(spec: ReportSpec, params: Mapping[str, str]) -> ReportSpec:
    """The question over the period that the URL names, and nothing else of it."""
    return read_spec({key: params[key] for key in ("period", "from", "to") if key in params}, spec)


def _ready(key: str) -> ReadyReport:
    if key not in READY:
        raise Http404
    return READY[key]


# --- figures for other pages --------------------------------------------------------------------------------------


@require_GET
def report_figures_part(request: HttpRequest, pk: int) -> HttpResponse:
    """The chart and the table of a report, as a part of another page: narrowed by `filter`, over `from` to `to`.

    `unit` is another step of time.
    """
    report = get_report(signed_in(request), pk)
    return _figures_part(request, report, report.name, reverse("analytics:report-detail", args=[pk]))


@require_GET
def report_ready_figures(request: HttpRequest, ready: str) -> HttpResponse:
    found = _ready(ready)
    return _figures_part(request, found.spec, str(found.name), reverse("analytics:report-ready", args=[ready]))


def _figures_part(request: HttpRequest, asked: Report | ReportSpec, name: str, url: str) -> HttpResponse:
    user = signed_in(request)
    unit = request.GET.get("unit", "")
    spec = asked.spec if isinstance(asked, Report) else asked
    spec = replace(spec, unit=unit) if unit in Unit.values else spec
    figures = replace(narrowed_figures(spec, user, request.GET), title=name)
    context = {
        "view": report_view(figures.spec, figures, user),
        "url": url,
        "again_url": request.get_full_path(),
        "is_small": True,
    }
    return private(render(request, "analytics/_report_figures.html", context))


def narrowed_figures(asked: Report | ReportSpec, user: User, params: Mapping[str, str]) -> ReportFigures:
    """The figures under the filter and the span that a URL names; what can't be read is said in `error`."""
    days = read_spec({key: params[key] for key in ("from", "to") if key in params}, ReportSpec())
    span: Span | None = (days.starts_on, days.ends_on) if days.starts_on and days.ends_on else None
    try:
        extra = read_filter(params.get("filter", ""))
    except ReportError as error:
        spec = asked.spec if isinstance(asked, Report) else asked
        return ReportFigures(spec, error=str(error))
    return answered(asked, user, extra_filter=extra, span=span)


# --- the builder --------------------------------------------------------------------------------------------------


@require_GET
def report_build(request: HttpRequest) -> HttpResponse:
    """Build a question step by step: each change shows its answer. `report` names the report that is changed."""
    user = signed_in(request)
    report = _changed_report(user, request.GET)
    spec, error = _asked(request, report)
    figures = ReportFigures(spec, error=error) if error else answered(spec, user)
    tail = f"&report={report.pk}" if report else ""
    context = {
        "form": QuestionForm(spec, choices_of(spec.target)),
        "spec": spec,
        "view": report_view(spec, figures, user),
        "chips": filter_chips(spec, user, tail),
        "filter_url": reverse("analytics:report-filter") + query_of(spec) + tail,
        "report": report,
        "can_export": allows(user, Can.EXPORT),
        "again_url": reverse("analytics:report-build") + query_of(spec) + tail,
    }
    return render_part(request, "analytics/report_build.html", context, part="builder")


def _asked(request: HttpRequest, report: Report | None) -> tuple[ReportSpec, str]:
    """The question in the URL, or in the report that is changed; and what is wrong with it."""
    params = request.GET.dict()
    base = report.spec if report is not None else ReportSpec()
    if params.get("of", params.get("what")) != params.get("what"):
        params = {key: value for key, value in params.items() if key not in keys_to_forget()}
        base = ReportSpec(target=base.target, chart=base.chart)
    try:
        spec = read_spec(params, base)
        choices_of(spec.target)
    except ReportError as error:
        return base, str(error)
    return spec, ""


def _changed_report(user: User, params: Mapping[str, str]) -> Report | None:
    pk = params.get("report", "")[:18]
    return get_own_report(user, int(pk)) if pk.isdecimal() else None


@require_GET
def report_filter(request: HttpRequest) -> HttpResponse:
    """Build one rule of the filter, as lists do: field, condition, value; `apply` puts it into the question."""
    user = signed_in(request)
    report = _changed_report(user, request.GET)
    spec, error = _asked(request, report)
    if error:
        raise Http404
    index = int(text) if (text := request.GET.get("index", "")[:3]).isdecimal() else None
    rules = rules_of(spec.filter)
    rule = rules[index] if index is not None and index < len(rules) and isinstance(rules[index], dict) else None
    is_asked = "field" in request.GET
    is_applied = "apply" in request.GET and "ask" not in request.GET
    form = RuleForm(spec.target, request.GET if is_asked else None, rule)
    tail = f"&report={report.pk}" if report else ""
    home = reverse("analytics:report-build")
    if is_applied and form.is_valid():
        changed = replace(spec, filter=with_rule(spec.filter, form.cleaned_data["rule"], index))
        return leave(request, home + query_of(changed) + tail)
    if is_asked and not is_applied:
        form.is_bound = False
        form.initial = {**form.initial, "field": form.data.get("field"), "op": form.data.get("op")}
    context = {
        "title": _("Filter"), "form": form, "index": index, "url": reverse("analytics:report-filter"),
        "hidden": [*hidden_of(spec), *([("report", str(report.pk))] if report else [])],
        "back_url": home + query_of(spec) + tail,
    }  # fmt: skip
    return render_dialog(request, "analytics/report_filter.html", context, status=422 if form.errors else 200)


# --- keeping ------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def report_save(request: HttpRequest) -> HttpResponse:
    """Give the question in the URL a name, or put it into the report that it started from (`report`)."""
    user = signed_in(request)
    report = _changed_report(user, request.GET)
    spec, error = _asked(request, report)
    if error:
        raise Http404
    kept = {"name": report.name, "is_shared": report.is_shared, "mailed": report.mailed} if report else {}
    initial = kept or {"name": request.GET.get("name", "")[:100]}
    form = _name_form(request, user, initial)
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_report(actor=user, spec=spec, report=report, **{**kept, **form.cleaned_data})
            return leave(request, reverse("analytics:report-detail", args=[saved.pk]), _("The report is saved."))
        except (ReportNameTakenError, TooManyReportsError, ReportError, FilterError) as refused:
            form.add_error("name", str(refused))
    context = {
        "title": _("Save the report"), "form": form, "submit": _("Save report"),
        "back_url": reverse("analytics:report-build") + query_of(spec),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


def _name_form(request: HttpRequest, user: User, initial: Mapping[str, Any]) -> ReportNameForm:
    data = request.POST if request.method == "POST" else None
    return ReportNameForm(data, initial=dict(initial), may_share=allows(user, Can.SHARE))


@require_http_methods(["GET", "POST"])
def report_name(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name, shared or no longer; what is asked stays."""
    user = signed_in(request)
    report = get_own_report(user, pk)
    kept = {"name": report.name, "is_shared": report.is_shared, "mailed": report.mailed}
    form = _name_form(request, user, kept)
    url = reverse("analytics:report-detail", args=[pk])
    if request.method == "POST" and form.is_valid():
        try:
            save_report(actor=user, spec=report.spec, report=report, **{**kept, **form.cleaned_data})
            return leave(request, url, _("The report is saved."))
        except (ReportNameTakenError, ReportError, FilterError) as refused:
            form.add_error("name", str(refused))
    context = {"title": _("Name and sharing"), "form": form, "submit": _("Save report"), "back_url": url}
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


@require_POST
def report_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an own report at once: the list that follows offers to put it back."""
    user = signed_in(request)
    report = get_own_report(user, pk)
    keep_for_undo(request, UNDO_KEY, delete_report(report=report, actor=user))
    offer_undo(request, _("Removed: %(name)s") % {"name": report.name}, reverse("analytics:report-restore"))
    return leave(request, reverse("analytics:report-list"))


@require_POST
def report_restore(request: HttpRequest) -> HttpResponse:
    """Put back the report that this user removed last."""
    report = restore_report(kept=take_for_undo(request, UNDO_KEY), actor=signed_in(request))
    return leave(request, reverse("analytics:report-detail", args=[report.pk]), _("The report is back."))


@require_POST
@needs(Can.EXPORT)
def report_export(request: HttpRequest) -> HttpResponse:
    """The figures as a file: `format` is csv or xlsx."""
    user = signed_in(request)
    spec = _spec_or_404(request.POST)
    figures = answered(spec, user, seconds=EXPORT_SECONDS)
    if figures.error or figures.is_waiting:
        return leave(request, reverse("analytics:report-build") + query_of(spec), figures.error)
    record_export(actor=user, target=f"report.{spec.target}", rows=len(figures.lines))
    is_sheet = request.POST.get("format") == "xlsx"
    content = as_xlsx(figures) if is_sheet else as_csv(figures)
    response = HttpResponse(content, content_type=XLSX if is_sheet else "text/csv; charset=utf-8")
    name = slugify(request.POST.get("name", "")[:60]) or "report"
    ending = "xlsx" if is_sheet else "csv"
    response["Content-Disposition"] = f'attachment; filename="{name}-{timezone.localdate():%Y-%m-%d}.{ending}"'
    return private(response)


EXPORT_SECONDS = 20.0


def _spec_or_404(params: Mapping[str, str]) -> ReportSpec:
    try:
        return read_spec(params)
    except ReportError as error:
        raise Http404 from error
