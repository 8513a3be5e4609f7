"""The task page and what is done with tasks everywhere: tick off, put off, edit, delete, and take back."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from urllib.parse import urlsplit

from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from crm import formats
from crm.access import Can, allows, get_company, get_deal, get_person, get_task, needs, signed_in
from crm.forms.tasks import QuickTaskForm, TaskForm
from crm.models import Task, User
from crm.operations.work import (
    complete_task,
    create_task,
    delete_task,
    reopen_task,
    restore_task,
    snooze_task,
    update_task,
)
from crm.parts import Tab
from crm.queries.counts import Count
from crm.queries.tasks import ALL, DONE, MINE, TABS, open_counts, task_lines, task_page, tasks_of
from crm.quick_add import read_task

from .frames import done, is_htmx, leave, page_before, private, render_dialog, render_part, sent
from .undo import keep_for_undo, take_for_undo

TEMPLATE = "crm/task_list.html"
UNDO_KEY = "deleted_task"


@require_GET
def task_list(request: HttpRequest) -> HttpResponse:
    """Tasks by when they are due; for htmx the list alone, or with `?after=` its next page."""
    user = signed_in(request)
    asked = _asked(request.GET)
    page = task_page(user, today=timezone.localdate(), after=request.GET.get("after", ""), **asked)
    context = {
        "page": page,
        "tabs": _tabs(page.tab),
        "colleagues": User.objects.filter(is_active=True).order_by("name", "email") if page.tab != MINE else (),
        "quick_form": QuickTaskForm(user=user),
        "can_work": allows(user, Can.WORK),
        "has_owner": page.tab != MINE,
        "counts": None,
    }
    return render_part(request, TEMPLATE, context, part="list" if page.is_first_page else "page")


def _asked(params: QueryDict) -> dict[str, Any]:
    """The tab and the colleague that a URL names."""
    tab = params.get("tab", MINE)
    owner = params.get("owner", "")
    chosen = User.objects.filter(pk=int(owner)).first() if owner.isdecimal() and len(owner) < 19 else None
    return {"tab": tab if tab in TABS else MINE, "owner": chosen}


def _tabs(current: str) -> list[Tab]:
    labels = {MINE: _("Mine"), ALL: _("All"), DONE: _("Done")}
    url = reverse("crm:task-list")
    return [Tab(label, url if key == MINE else f"{url}?tab={key}", key == current) for key, label in labels.items()]


# --- new ones -------------------------------------------------------------------------------------------------------


@require_POST
@needs(Can.WORK)
def task_quick_add(request: HttpRequest) -> HttpResponse:
    """A task from one line: "call Ann tomorrow 3pm"."""
    user = signed_in(request)
    form = QuickTaskForm(request.POST, user=user)
    if not form.is_valid():
        context = {"quick_form": form, "can_work": True}
        return render_part(request, "crm/task_quick_add.html", context, part="quick", status=422)
    draft = read_task(form.cleaned_data["text"], today=timezone.localdate())
    create_task(
        actor=user, owner=user, title=draft.title, due_on=draft.due_on, remind_at=draft.remind_at,
        person=form.cleaned_data["person"],
    )  # fmt: skip
    when = when_words(draft.due_on, draft.remind_at) if draft.due_on else ""
    words = _("Added for %(when)s") % {"when": when} if when else _("Added")
    if not is_htmx(request):
        return leave(request, reverse("crm:task-list"), words)
    context = {"quick_form": QuickTaskForm(user=user), "can_work": True}
    response = render_part(request, "crm/task_quick_add.html", context, part="quick")
    trigger_client_event(response, "toast", {"text": words, "level": "success"})
    return trigger_client_event(response, "tasks-changed", {}, after="settle")


def when_words(day: date, at: datetime | None) -> str:
    """The day and, if there is one, the time."""
    words = formats.day_words(day)
    return _("%(day)s, %(time)s") % {"day": words, "time": formats.time_words(at)} if at else words


@require_http_methods(["GET", "POST"])
@needs(Can.WORK)
def task_create(request: HttpRequest) -> HttpResponse:
    """A new task with all its fields; `?person=`, `?company=`, `?deal=` and `?title=` are filled in."""
    user = signed_in(request)
    form = TaskForm(sent(request), user=user, initial={"owner": user, **_presets(request, user)})
    if form.is_bound and form.is_valid():
        create_task(actor=user, **form.fields_of_task())
        return _changed(request, _("Task added"))
    context = {
        "title": _("New task"), "form": form, "submit": _("Add task"), "template": "crm/_task_fields.html",
        "back_url": reverse("crm:task-list"),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


def _presets(request: HttpRequest, user: User) -> dict[str, Any]:
    guards = {"person": get_person, "company": get_company, "deal": get_deal}
    found: dict[str, Any] = {"title": request.GET.get("title", "")[:200]}
    for name, guard in guards.items():
        pk = request.GET.get(name, "")
        if pk.isdecimal() and len(pk) < 19:
            found[name] = guard(user, int(pk))
    return found


def _changed(request: HttpRequest, words: str = "") -> HttpResponse:
    """A write has worked: the dialog closes, and lists and timelines that show tasks are fetched anew."""
    response = done(request, reverse("crm:task-list"), words, event="tasks-changed")
    return trigger_client_event(response, "record-changed", {})


# --- one task -------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@needs(Can.WORK)
def task_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    task = get_task(user, pk)
    form = TaskForm(sent(request), user=user, task=task)
    if form.is_bound and form.is_valid():
        update_task(task=task, actor=user, **form.fields_of_task())
        return _changed(request, _("Saved."))
    context = {
        "title": _("Task"), "form": form, "task": task, "submit": _("Save task"), "template": "crm/_task_fields.html",
        "back_url": reverse("crm:task-list"),
    }  # fmt: skip
    return render_dialog(request, "crm/task_edit.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Can.WORK)
def task_tick(request: HttpRequest, pk: int) -> HttpResponse:
    """Tick a task off, or take the tick back."""
    user = signed_in(request)
    task = get_task(user, pk)
    if task.done_at is not None:
        return _row(request, reopen_task(task=task, actor=user))
    return _row(request, complete_task(task=task, actor=user), _("Done: %(title)s"))


@require_POST
@needs(Can.WORK)
def task_snooze(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a task off by `days` (one): from its day or, when it is due or late, from today."""
    user = signed_in(request)
    days = request.POST.get("days", "1")
    if days not in ("1", "7"):
        raise Http404
    task = get_task(user, pk)
    snoozed = snooze_task(task=task, actor=user, days=int(days), today=timezone.localdate())
    return _row(request, snoozed)


def _row(request: HttpRequest, task: Task, news: str = "") -> HttpResponse:
    """The task's line anew and, on the task page, the counts above; `news` comes with an Undo."""
    if not is_htmx(request):
        return leave(request, page_before(request, reverse("crm:task-list")))
    user = signed_in(request)
    origin = urlsplit(request.headers.get("HX-Current-URL", ""))
    counts: dict[str, Count] | None = None
    has_owner = False
    if origin.path == reverse("crm:task-list"):
        asked = _asked(QueryDict(origin.query))
        has_owner = asked["tab"] != MINE
        counts = open_counts(tasks_of(user, **asked), timezone.localdate()) if asked["tab"] != DONE else None
    context = {"line": task_lines([task], user)[0], "counts": counts, "has_owner": has_owner, "can_work": True}
    response = private(render(request, "crm/_task_row.html", context))
    if news:
        undo = reverse("crm:task-undo", args=[task.pk])
        trigger_client_event(response, "toast", {"text": news % {"title": task.title}, "undo_url": undo})
    return response


@require_POST
@needs(Can.WORK)
def task_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the tick back that a toast told of; a second click does nothing."""
    user = signed_in(request)
    reopen_task(task=get_task(user, pk), actor=user)
    return _changed(request)


@require_POST
@needs(Can.WORK)
def task_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove a task at once: the toast puts it back."""
    user = signed_in(request)
    task = get_task(user, pk)
    words = _("Removed: %(title)s") % {"title": task.title}
    keep_for_undo(request, UNDO_KEY, delete_task(task=task, actor=user))
    response = _changed(request)
    undo = reverse("crm:task-restore")
    return trigger_client_event(response, "toast", {"text": words, "level": "success", "undo_url": undo})


@require_POST
@needs(Can.WORK)
def task_restore(request: HttpRequest) -> HttpResponse:
    """Put back the task that this user removed last."""
    restore_task(kept=take_for_undo(request, UNDO_KEY), actor=signed_in(request))
    return _changed(request)
