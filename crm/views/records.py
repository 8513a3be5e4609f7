"""What every record page does: edit a field in place, delete, tag, share, note, plan, show the timeline."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access import Can, allows, get_note, needs, require, signed_in
from crm.forms.lists import TagsForm
from crm.forms.records import NoteForm, QuickTaskForm, ShareForm, VersionForm
from crm.models import Note, Record, User
from crm.operations.editing import EditConflictError
from crm.operations.records import delete_record, update_record
from crm.operations.work import add_note, create_task, delete_note, set_tags
from crm.operations.workspace import share_record, unshare_record
from crm.queries.peek import peek
from crm.queries.records import custom_fields, field_fact, shared_with
from crm.queries.timeline import timeline_page

from .frames import done, is_htmx, leave, private, render_dialog, render_part, sent
from .kinds import RecordKind, find_record


@require_http_methods(["GET", "POST"])
def field(request: HttpRequest, target: str, pk: int, name: str) -> HttpResponse:
    """One field: its editor, and with `show` its words; a POST writes it against the version that the editor had."""
    user = signed_in(request)
    kind, record = find_record(user, target, pk)
    require(user, kind.capability)
    if kind.form is None or name not in _editable(kind):
        raise Http404
    if request.method == "GET" and "show" in request.GET:
        return _shown(request, kind, record, name)
    form = kind.form(sent(request), instance=record, only=name, reader=user)
    version = VersionForm(sent(request), initial={"version": record.version})
    if request.method == "GET" or not (form.is_valid() and version.is_valid()):
        return _editor(request, kind, record, name, form=form, status=422 if request.method == "POST" else 200)
    try:
        saved = update_record(record=record, actor=user, version=version.cleaned_data["version"], **form.changes())
    except EditConflictError as error:
        return _editor(request, kind, error.current, name, form=form, is_conflict=True, status=409)
    response = _shown(request, kind, saved, name) if is_htmx(request) else redirect(kind.url(record))
    response["HX-Trigger-After-Settle"] = "record-changed"
    return response


def _editable(kind: RecordKind) -> set[str]:
    return {*kind.facts, *(f"custom.{row.key}" for row in custom_fields(kind.target))}


def _shown(request: HttpRequest, kind: RecordKind, record: Record, name: str) -> HttpResponse:
    fact = field_fact(record, name, custom_fields(kind.target))
    context = {"fact": fact, "kind": kind, "record": record, "can_edit": True, "is_saved": request.method == "POST"}
    return render_part(request, "crm/_fact.html", context)


def _editor(
    request: HttpRequest,
    kind: RecordKind,
    record: Any,
    name: str,
    *,
    form: Any,
    status: int,
    is_conflict: bool = False,
) -> HttpResponse:
    fact = field_fact(record, name, custom_fields(kind.target))
    form.fields[name].widget.attrs["autofocus"] = True
    context = {
        "title": _("Change: %(field)s") % {"field": fact.label}, "kind": kind, "record": record, "name": name,
        "fact": fact, "form": form, "field": form[name], "is_conflict": is_conflict, "back_url": kind.url(record),
        "version": record.version, "is_in_place": is_htmx(request),
    }  # fmt: skip
    return render_part(request, "crm/record_field.html", context, part="editor", status=status)


@require_http_methods(["GET", "POST"])
def edit(request: HttpRequest, target: str, pk: int) -> HttpResponse:
    """All fields on one form."""
    user = signed_in(request)
    kind, record = find_record(user, target, pk)
    require(user, kind.capability)
    if kind.form is None:
        raise Http404
    form = kind.form(sent(request), instance=record, reader=user)
    version = VersionForm(sent(request), initial={"version": record.version})
    conflict: list[Any] = []
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid() and version.is_valid():
            try:
                update_record(record=record, actor=user, version=version.cleaned_data["version"], **form.changes())
                return leave(request, kind.url(record), _("Saved."))
            except EditConflictError as error:
                conflict, status, record = _differences(kind, error.current, form), 409, error.current
    context = {
        "title": _("Edit %(name)s") % {"name": record}, "kind": kind, "record": record, "form": form,
        "conflict": conflict, "version": record.version, "back_url": kind.url(record),
    }  # fmt: skip
    return render_dialog(request, "crm/record_edit.html", context, status=status)


def _differences(kind: RecordKind, current: Record, form: Any) -> list[Any]:
    """The fields where what is stored now is not what was typed."""
    now = {name: getattr(current, name, None) for name in form.changes() if name != "custom"}
    typed = form.changes()
    own = custom_fields(kind.target)
    return [field_fact(current, name, own) for name in now if now[name] != typed[name]]


@require_http_methods(["GET", "POST"])
@needs(Can.DELETE)
def delete(request: HttpRequest, target: str, pk: int) -> HttpResponse:
    """Asks, then deletes."""
    user = signed_in(request)
    kind, record = find_record(user, target, pk)
    if request.method == "POST":
        name = str(record)
        delete_record(record=record, actor=user)
        return leave(request, reverse(kind.list_url_name), _("%(name)s is deleted.") % {"name": name})
    context = {
        "title": _("Delete %(name)s?") % {"name": record}, "kind": kind, "record": record,
        "back_url": kind.url(record),
    }  # fmt: skip
    return render_dialog(request, "crm/record_delete.html", context)


@require_http_methods(["GET", "POST"])
def tags(request: HttpRequest, target: str, pk: int) -> HttpResponse:
    user = signed_in(request)
    kind, record = find_record(user, target, pk)
    require(user, kind.capability)
    names = list(record.tags.order_by("name").values_list("name", flat=True))
    form = TagsForm(sent(request), initial={"tags": names})
    if form.is_bound and form.is_valid():
        set_tags(record=record, names=form.names(), actor=user)
        return done(request, kind.url(record), _("The tags are saved."))
    context = {
        "title": _("Tags"), "form": form, "submit": _("Save tags"), "back_url": kind.url(record),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
@needs(Can.SHARE)
def share(request: HttpRequest, target: str, pk: int) -> HttpResponse:
    """Let one colleague see this record, or (`remove`) no longer."""
    user = signed_in(request)
    kind, record = find_record(user, target, pk)
    shared = shared_with(record)
    form = ShareForm(sent(request), without=[user.pk, *(u.pk for u in shared)])
    if request.method == "POST" and (removed := request.POST.get("remove", "")):
        for colleague in shared:
            if str(colleague.pk) == removed:
                unshare_record(record=record, user=colleague, actor=user)
        return done(request, kind.url(record), _("No longer shared."))
    if form.is_bound and form.is_valid():
        colleague = form.cleaned_data["user"]
        share_record(record=record, user=colleague, actor=user)
        return done(request, kind.url(record), _("%(name)s can see this now.") % {"name": colleague})
    context = {
        "title": _("Share with a colleague"), "kind": kind, "record": record, "form": form, "shared": shared,
        "back_url": kind.url(record),
    }  # fmt: skip
    return render_dialog(request, "crm/record_share.html", context, status=422 if form.errors else 200)


@require_POST
def note_add(request: HttpRequest, target: str, pk: int) -> HttpResponse:
    user = signed_in(request)
    kind, record = find_record(user, target, pk)
    require(user, Can.EDIT)
    form = NoteForm(request.POST)
    if not form.is_valid():
        return _composer(request, kind, record, note_form=form)
    add_note(actor=user, body=form.cleaned_data["body"], **{target: record})
    return _composed(request, kind, record, user)


@require_POST
def task_add(request: HttpRequest, target: str, pk: int) -> HttpResponse:
    user = signed_in(request)
    kind, record = find_record(user, target, pk)
    require(user, Can.WORK)
    form = QuickTaskForm(request.POST)
    if not form.is_valid():
        return _composer(request, kind, record, task_form=form)
    create_task(actor=user, owner=user, **form.cleaned_data, **{target: record})
    return _composed(request, kind, record, user)


def _composer(request: HttpRequest, kind: RecordKind, record: Record, **forms: Any) -> HttpResponse:
    """The composer with what is wrong in it."""
    context = {**composer(signed_in(request), kind, record), **forms, "title": _("Note or task")}
    return render_part(request, "crm/record_composer.html", context, part="composer", status=422)


def _composed(request: HttpRequest, kind: RecordKind, record: Record, user: User) -> HttpResponse:
    if not is_htmx(request):
        return redirect(kind.url(record))
    response = render_part(request, "crm/record_composer.html", composer(user, kind, record), part="composer")
    response["HX-Trigger-After-Settle"] = "record-changed"
    return response


def composer(user: User, kind: RecordKind, record: Record) -> dict[str, Any]:
    """What the composer of a record page needs."""
    return {
        "kind": kind,
        "record": record,
        "note_form": NoteForm(),
        "task_form": QuickTaskForm(),
        "can_note": allows(user, Can.EDIT),
        "can_work": allows(user, Can.WORK),
    }


@require_POST
@needs(Can.EDIT)
def note_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Only who wrote a note, and who may delete, can take it away."""
    user = signed_in(request)
    note = get_note(user, pk)
    if note.author_id != user.pk:
        require(user, Can.DELETE)
    back = _home_of(note)
    delete_note(note=note, actor=user)
    return done(request, back, _("The note is removed."))


def _home_of(note: Note) -> str:
    for target, pk in (("person", note.person_id), ("company", note.company_id), ("deal", note.deal_id)):
        if pk is not None:
            return reverse(f"crm:{target}-detail", args=[pk])
    return reverse("crm:today")


@require_GET
def record_peek(request: HttpRequest, target: str, pk: int) -> HttpResponse:
    """A record's essentials for the panel beside its list; `htmx` or not, what the reader may see of it."""
    user = signed_in(request)
    kind, record = find_record(user, target, pk)
    url = kind.url(record)
    context = {
        "title": str(record), "record": record, "peek": peek(user, record, kind.facts, url=url), "back_url": url,
    }  # fmt: skip
    return render_dialog(request, "crm/record_peek.html", context)


@require_GET
def timeline(request: HttpRequest, target: str, pk: int) -> HttpResponse:
    """The next older page of a timeline, for reveal; without htmx a page of its own."""
    user = signed_in(request)
    kind, record = find_record(user, target, pk)
    shown = timeline_of(request, kind, record)
    context = {
        "title": _("Timeline of %(name)s") % {"name": record}, "kind": kind, "record": record, "timeline": shown,
        "back_url": kind.url(record),
    }  # fmt: skip
    if is_htmx(request):
        return private(render_part(request, "crm/_timeline_page.html", context))
    return render_part(request, "crm/record_timeline.html", context)


def timeline_of(request: HttpRequest, kind: RecordKind, record: Any) -> Any:
    """The page of the timeline that the request's parameters name."""
    return timeline_page(
        record, url=kind.url(record), group=request.GET.get("group", ""), after=request.GET.get("after", "")
    )
