"""The inbox: a list beside a thread, and what one does with a conversation."""

from __future__ import annotations

from uuid import uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from crm.access import Can, allows, get_person, needs, signed_in
from inbox.access import get_conversation
from inbox.forms import SNOOZES, AssignForm, SnoozeForm, WriteForm
from inbox.models import Conversation, Post
from inbox.operations import conversations as operations
from inbox.operations.posting import send_again
from inbox.queries import VIEWS, conversations_of, inbox_list, thread


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    return redirect("inbox:view", "open")


@require_GET
def view(request: HttpRequest, view: str) -> HttpResponse:
    return _page(request, _known(view), None, _blank())


@require_GET
def conversation(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    row = get_conversation(signed_in(request), pk)
    if row.is_unread:
        operations.mark_read(conversation=row)
    return _page(request, _known(view), row, _blank())


def _blank() -> WriteForm:
    """An empty composer; its key makes a button that is pressed twice write once."""
    return WriteForm(initial={"key": uuid4().hex})


def _known(view: str) -> str:
    if view not in VIEWS:
        raise Http404
    return view


def _page(
    request: HttpRequest, view: str, row: Conversation | None, form: WriteForm, *, status: int = 200
) -> HttpResponse:
    user = signed_in(request)
    listing = inbox_list(user, view, q=request.GET.get("q", ""), after=request.GET.get("after", ""))
    shown = thread(user, row) if row else None
    return render(
        request,
        "inbox/inbox.html",
        {
            "listing": listing,
            "thread": shown,
            "current": row.pk if row else 0,
            "form": form,
            "assign_form": AssignForm(initial={"assignee": row.assignee_id}) if row else None,
            "snoozes": [(key, words) for key, (words, _moment) in SNOOZES.items()],
            "may_answer": allows(user, Can.ANSWER),
        },
        status=status,
    )


def _back(view: str, row: Conversation) -> HttpResponse:
    return redirect("inbox:conversation", view, row.pk)


@require_POST
@needs(Can.ANSWER)
def write(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    """An answer or, with the button "note", an internal note."""
    user, row = signed_in(request), get_conversation(signed_in(request), pk)
    form = WriteForm(request.POST)
    if not form.is_valid():
        return _page(request, _known(view), row, form, status=422)
    text, key = form.cleaned_data["text"], form.cleaned_data["key"]
    if "note" in request.POST:
        operations.add_internal_note(conversation=row, actor=user, text=text, once_key=key)
        return _back(view, row)
    try:
        operations.reply(
            conversation=row, actor=user, text=text, once_key=key, close="close" in request.POST,
            seen_message=None if "anyway" in request.POST else form.cleaned_data["seen"],
        )  # fmt: skip
    except operations.NewerMessageError:
        form.add_error(None, _("A new message came in since you started. Read it, then send again."))
        return _page(request, view, row, form, status=409)
    except operations.NoAddressError as error:
        form.add_error(None, str(error))
        return _page(request, view, row, form, status=422)
    messages.success(request, _("Your answer is on its way."))
    return _back(view, row)


@require_POST
@needs(Can.ANSWER)
def assign(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    user, row = signed_in(request), get_conversation(signed_in(request), pk)
    form = AssignForm(request.POST)
    if form.is_valid():
        operations.assign(conversation=row, actor=user, assignee=form.cleaned_data["assignee"])
    return _back(_known(view), row)


@require_POST
@needs(Can.ANSWER)
def close(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    operations.close(conversation=get_conversation(signed_in(request), pk), actor=signed_in(request))
    messages.success(request, _("Closed."))
    return redirect("inbox:view", _known(view))


@require_POST
@needs(Can.ANSWER)
def reopen(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    row = operations.reopen(conversation=get_conversation(signed_in(request), pk), actor=signed_in(request))
    return _back(_known(view), row)


@require_POST
@needs(Can.ANSWER)
def snooze(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    row, form = get_conversation(signed_in(request), pk), SnoozeForm(request.POST)
    if form.is_valid():
        operations.snooze(conversation=row, actor=signed_in(request), until=form.moment())
        messages.success(request, _("Snoozed."))
    return redirect("inbox:view", _known(view))


@require_POST
@needs(Can.ANSWER)
def resend(request: HttpRequest, view: str, pk: int, post_id: int) -> HttpResponse:
    row = get_conversation(signed_in(request), pk)
    post = Post.objects.filter(pk=post_id, message__conversation=row).first()
    if post is None:
        raise Http404
    send_again(post=post)
    return _back(_known(view), row)


@require_GET
def person_panel(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    person = get_person(user, pk)
    return render(request, "inbox/person_panel.html", {"conversations": conversations_of(user, person.pk)})
