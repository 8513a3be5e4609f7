"""Import: drop a file, say what its columns mean, watch it come in, see that all of it is there, or take it back."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import HttpResponseClientRefresh

from crm.access import Can, needs, require, signed_in, visible_or_404
from crm.forms.imports import SetUpForm, UploadForm
from crm.importing.source import UnreadableFileError
from crm.incoming import takes_files
from crm.models import ImportJob
from crm.operations import imports
from crm.parts import Crumb
from crm.queries.imports import draft_page, import_lines, outcome_tiles, progress_of, result_page


@takes_files
@require_http_methods(["GET", "POST"])
@needs(Can.IMPORT)
def import_list(request: HttpRequest) -> HttpResponse:
    """Past imports, and the place to drop a file."""
    user = signed_in(request)
    form = UploadForm(request.POST or None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        name, chunks = (file.name, file.chunks()) if file else (_("pasted rows"), _pasted(form.cleaned_data["pasted"]))
        try:
            job = imports.prepare_job(actor=user, name=name, chunks=chunks)
        except UnreadableFileError as error:
            form.add_error("file" if file else "pasted", _reason(error))
        else:
            return redirect("crm:import", pk=job.pk)
    context = {"form": form, "lines": import_lines(user)}
    return render(request, "crm/import_list.html", context, status=422 if form.errors else 200)


def _pasted(text: str) -> Iterator[bytes]:
    yield text.encode()


def _reason(error: UnreadableFileError) -> str:
    return _("Line %(line)d: %(reason)s") % {"line": error.line, "reason": error.reason} if error.line else error.reason


@require_GET
@needs(Can.IMPORT)
def import_page(request: HttpRequest, pk: int) -> HttpResponse:
    """One import in whatever state it is."""
    job = visible_or_404(ImportJob, signed_in(request), pk, "actor")
    crumbs = [Crumb(_("Import"), "/import")]
    if job.state == ImportJob.State.DRAFT:
        return _draft(request, job)
    if job.is_at_work:
        return render(request, "crm/import_progress.html", {"job": job, "progress": progress_of(job), "crumbs": crumbs})
    context = {"job": job, "page": result_page(job), "undo_until": imports.undo_deadline(job), "crumbs": crumbs}
    return render(request, "crm/import_result.html", context)


def _draft(request: HttpRequest, job: ImportJob, form: SetUpForm | None = None) -> HttpResponse:
    crumbs = [Crumb(_("Import"), "/import")]
    try:
        page = draft_page(job)
        form = form or SetUpForm(job, sheets=page.sheets)
        questions = imports.questions(job)
        preview = None if questions or form.errors else imports.preview_job(job)
    except UnreadableFileError as error:
        messages.error(request, _reason(error))
        return redirect("crm:import-list")
    columns = [(column, form[f"column_{position}"]) for position, column in enumerate(page.columns)]
    context = {
        "job": job, "page": page, "form": form, "columns": columns, "questions": questions, "preview": preview,
        "crumbs": crumbs, "tiles": outcome_tiles(asdict(preview), is_over=False) if preview else (),
        "asks_writing": not (job.reading.get("dates") and job.reading.get("decimal")),
    }  # fmt: skip
    return render(request, "crm/import_draft.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Can.IMPORT)
def import_set_up(request: HttpRequest, pk: int) -> HttpResponse:
    """Take over what the page says; start when that button was pressed."""
    job = visible_or_404(ImportJob, signed_in(request), pk, "actor")
    if job.state != ImportJob.State.DRAFT:
        return redirect("crm:import", pk=pk)
    try:
        form = SetUpForm(job, request.POST, sheets=draft_page(job).sheets)
        if not form.is_valid():
            return _draft(request, job, form)
        imports.set_up_job(job=job, stated=form.settings())
        if "start" in request.POST and not imports.questions(job):
            imports.start_job(job=job)
    except UnreadableFileError as error:
        messages.error(request, _reason(error))
    except imports.ImportNotReadyError as error:
        messages.error(request, str(error))
    return redirect("crm:import", pk=pk)


@require_GET
@needs(Can.IMPORT)
def import_progress(request: HttpRequest, pk: int) -> HttpResponse:
    """The fragment that asks for itself; when the job is over, the page loads anew."""
    job = visible_or_404(ImportJob, signed_in(request), pk)
    if not job.is_at_work:
        return HttpResponseClientRefresh()
    return render(request, "crm/import_progress.html#progress", {"job": job, "progress": progress_of(job)})


@require_POST
@needs(Can.IMPORT)
def import_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop before the next rows."""
    job = visible_or_404(ImportJob, signed_in(request), pk)
    imports.ask_cancel(job=job)
    messages.info(request, _("The import stops after the rows at hand."))
    return redirect("crm:import", pk=pk)


@require_POST
@needs(Can.IMPORT)
def import_forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Throw a draft away."""
    job = visible_or_404(ImportJob, signed_in(request), pk)
    imports.delete_draft(job=job)
    return redirect("crm:import-list")


@require_POST
@needs(Can.IMPORT)
def import_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the whole import back."""
    job = visible_or_404(ImportJob, signed_in(request), pk)
    try:
        imports.start_undo(job=job)
    except imports.CannotUndoError as error:
        messages.error(request, str(error))
    return redirect("crm:import", pk=pk)


@require_GET
def import_rows(request: HttpRequest, pk: int) -> StreamingHttpResponse:
    """The rows to look at again, with line and reason, as CSV."""
    user = signed_in(request)
    require(user, Can.IMPORT)
    job = visible_or_404(ImportJob, user, pk)
    response = StreamingHttpResponse(imports.result_lines(job), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="import-{job.pk}-rows.csv"'
    return response
