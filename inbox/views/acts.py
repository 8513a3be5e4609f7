"""What colleagues do with a conversation: answer, note, assign, put off, close, reopen, leave unread, hear its mood."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from crm.access import Can, needs, signed_in
from inbox.access import get_conversation
from inbox.forms import AssignForm, DraftForm, MoodForm, SnoozeForm, WriteForm
from inbox.models import Conversation, Message, Post
from inbox.operations import conversations as operations
from inbox.operations.drafts import drop_draft, keep_draft
from inbox.operations.posting import send_again
from inbox.operations.readings import correct_reading
from inbox.queries.lists import next_after
from inbox.views.conversations import known, show


@require_POST
@needs(Can.ANSWER)
def write(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    """An answer or, with the button "note", an internal note."""
    user, row = signed_in(request), get_conversation(signed_in(request), pk)
    form = WriteForm(request.POST)
    if not form.is_valid():
        return show(request, known(view), row, form, status=422)
    text, key = form.cleaned_data["text"], form.cleaned_data["key"]
    if "note" in request.POST:
        operations.add_internal_note(conversation=row, actor=user, text=text, once_key=key)
        drop_draft(conversation=row, user=user)
        return _back(known(view), row)
    onward = _onward(request, known(view), row)
    try:
        operations.reply(
            conversation=row, actor=user, text=text, once_key=key, close="close" in request.POST,
            seen_message=form.cleaned_data["seen"],
        )  # fmt: skip
    except operations.NewerMessageError:
        form.add_error(None, _("A new message came in since you started. Read it, then send again."))
        return show(request, view, row, form, status=409)
    except operations.NoAddressError as error:
        form.add_error(None, str(error))
        return show(request, view, row, form, status=422)
    drop_draft(conversation=row, user=user)
    is_sent = bool(settings.EMAIL_HOST)
    messages.success(request, _("Your answer is on its way.") if is_sent else _("Kept until a mail server is set up."))
    return onward if "close" in request.POST else _back(view, row)


@require_POST
@needs(Can.ANSWER)
def draft(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    """Keeps what is in the composer; scripts send it while one writes and when one leaves the page."""
    user, row, form = signed_in(request), get_conversation(signed_in(request), pk), DraftForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=422)
    data = form.cleaned_data
    is_kept = keep_draft(
        conversation=row, user=user, text=data["text"], is_note=data["kind"] == "note", key=data["key"]
    )
    return HttpResponse(_("Draft kept") if is_kept else "", content_type="text/plain; charset=utf-8")


@require_POST
@needs(Can.ANSWER)
def assign(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    user, row = signed_in(request), get_conversation(signed_in(request), pk)
    form = AssignForm(request.POST)
    if form.is_valid():
        assignee = form.cleaned_data["assignee"]
        operations.assign(conversation=row, actor=user, assignee=assignee)
        words = _("%(name)s looks after it now.") % {"name": assignee} if assignee else _("Nobody looks after it now.")
        messages.success(request, words)
    else:
        messages.error(request, _("This colleague can't answer customers."))
    return _back(known(view), row)


@require_POST
@needs(Can.ANSWER)
def close(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    """Done, and on to the next one of this view."""
    row = get_conversation(signed_in(request), pk)
    onward = _onward(request, known(view), row)
    operations.close(conversation=row, actor=signed_in(request))
    undo = reverse("inbox:reopen", args=[view, row.pk])
    messages.success(request, _("Closed: %(subject)s") % {"subject": row.subject or f"#{row.pk}"}, extra_tags=undo)
    return onward


@require_POST
@needs(Can.ANSWER)
def reopen(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    row = operations.reopen(conversation=get_conversation(signed_in(request), pk), actor=signed_in(request))
    return _back(known(view), row)


@require_POST
@needs(Can.ANSWER)
def snooze(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    row, form = get_conversation(signed_in(request), pk), SnoozeForm(request.POST)
    onward = _onward(request, known(view), row)
    if form.is_valid():
        operations.snooze(conversation=row, actor=signed_in(request), until=form.moment())
        undo = reverse("inbox:reopen", args=[view, row.pk])
        messages.success(request, _("Snoozed: %(subject)s") % {"subject": row.subject or f"#{row.pk}"}, extra_tags=undo)
    return onward


@require_POST
@needs(Can.ANSWER)
def unread(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    operations.mark_unread(conversation=get_conversation(signed_in(request), pk))
    return redirect("inbox:view", known(view))


@require_POST
@needs(Can.ANSWER)
def correct_mood(request: HttpRequest, view: str, pk: int, message_id: int) -> HttpResponse:
    """How a message sounds, said by whoever read it."""
    user, row = signed_in(request), get_conversation(signed_in(request), pk)
    message = Message.objects.filter(pk=message_id, conversation=row, direction=Message.Direction.IN).first()
    if message is None:
        raise Http404
    form = MoodForm(request.POST)
    if form.is_valid():
        correct_reading(message=message, actor=user, mood=form.cleaned_data["mood"])
        messages.success(request, _("Thank you: Rapport learns from it."))
    return _back(known(view), row)


@require_POST
@needs(Can.ANSWER)
def resend(request: HttpRequest, view: str, pk: int, post_id: int) -> HttpResponse:
    row = get_conversation(signed_in(request), pk)
    post = Post.objects.filter(pk=post_id, message__conversation=row).first()
    if post is None:
        raise Http404
    if send_again(post=post):
        messages.success(request, _("It is being sent again."))
    return _back(known(view), row)


def _back(view: str, row: Conversation) -> HttpResponse:
    return redirect("inbox:conversation", view, row.pk)


def _onward(request: HttpRequest, view: str, row: Conversation) -> HttpResponse:
    """To the next conversation of the view; to the list where this was the last. Asked before it leaves the view."""
    pk = next_after(signed_in(request), view, row)
    return redirect("inbox:conversation", view, pk) if pk else redirect("inbox:view", view)
