"""The inbox: a list beside a thread, both of which stay fresh by themselves."""

from __future__ import annotations

from uuid import uuid4

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from crm.access import Can, allows, get_person, signed_in
from crm.extensions import panels_for
from inbox.access import get_conversation
from inbox.forms import SNOOZES, WriteForm
from inbox.models import Conversation, Draft
from inbox.mood_index import mood_index
from inbox.operations import conversations as operations
from inbox.queries.lists import VIEWS, InboxList, inbox_list, neighbours
from inbox.queries.people import conversations_of, last_ratings
from inbox.queries.threads import colleagues, draft_of, thread


@require_GET
def inbox(request: HttpRequest) -> HttpResponse:
    return redirect("inbox:view", "open")


@require_GET
def view(request: HttpRequest, view: str) -> HttpResponse:
    return show(request, known(view), None, blank())


@require_GET
def conversation(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    row = get_conversation(signed_in(request), pk)
    if row.is_unread:
        operations.mark_read(conversation=row)
    draft = draft_of(signed_in(request), row)
    return show(request, known(view), row, begun(draft) if draft else blank(), is_note=bool(draft and draft.is_note))


@require_GET
def rows(request: HttpRequest, view: str) -> HttpResponse:
    """The list again, if it is no longer what the page shows (`seen` is its mark)."""
    listing = _listing(request, known(view))
    if request.GET.get("seen") == listing.mark:
        return HttpResponse(status=204)
    current = request.GET.get("current", "")
    context = {"listing": listing, "current": int(current) if current.isdecimal() and len(current) < 19 else 0}
    return render(request, "inbox/_rows.html", {**context, "is_live": True, "may_tick": _may_tick(request, listing)})


@require_GET
def messages(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    """The messages again, if there are new ones or a mail fared on; who looks at them has read them."""
    user = signed_in(request)
    row = get_conversation(user, pk)
    shown = thread(user, row)
    if request.GET.get("seen") == shown.mark:
        return HttpResponse(status=204)
    if row.is_unread:
        operations.mark_read(conversation=row)
    return render(request, "inbox/_messages.html", {**_powers(request), "thread": shown, "view": known(view)})


@require_GET
def person_panel(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    person = get_person(user, pk)
    context = {
        "conversations": conversations_of(user, person.pk),
        "mood": mood_index(person),
        "ratings": last_ratings(user, person.pk),
    }
    return render(request, "inbox/person_panel.html", context)


def known(view: str) -> str:
    if view not in VIEWS:
        raise Http404
    return view


def blank() -> WriteForm:
    """An empty composer; its key makes a button that is pressed twice write once."""
    return WriteForm(initial={"key": uuid4().hex})


def begun(draft: Draft) -> WriteForm:
    """The composer as it was left, under a key of its own."""
    return WriteForm(initial={"key": uuid4().hex, "text": draft.text})


def show(
    request: HttpRequest,
    view: str,
    row: Conversation | None,
    form: WriteForm,
    *,
    status: int = 200,
    is_note: bool = False,
) -> HttpResponse:
    """The whole page: the list, and beside it the conversation that is open, if one is."""
    listing = _listing(request, view)
    context = {"listing": listing, "view": view, "current": row.pk if row else 0, **_powers(request)}
    context["may_tick"] = _may_tick(request, listing)
    context |= {"form": form, "is_note": is_note or "note" in form.data}
    if row is not None:
        user = signed_in(request)
        context |= {
            "thread": thread(user, row),
            "colleagues": colleagues(),
            "neighbours": neighbours(listing, row),
            "panels": [
                {"title": panel.title, "url": reverse(panel.url_name, args=[row.pk])}
                for panel in panels_for("conversation")
            ],
            "snoozes": [(key, words) for key, (words, _moment) in SNOOZES.items()],
        }
    return render(request, "inbox/inbox.html", context, status=status)


def _listing(request: HttpRequest, view: str) -> InboxList:
    asked = {name: request.GET.get(name, "") for name in ("q", "topic", "month", "after")}
    return inbox_list(signed_in(request), view, **asked)


def _may_tick(request: HttpRequest, listing: InboxList) -> bool:
    """Whether rows can be ticked to be put under a topic together."""
    return bool(listing.topics) and allows(signed_in(request), Can.ANSWER)


def _powers(request: HttpRequest) -> dict[str, bool]:
    """What this user may do here, and whether mail goes out at all."""
    user = signed_in(request)
    may = {"may_answer": allows(user, Can.ANSWER), "may_set_up": allows(user, Can.SET_UP)}
    return {**may, "has_mail": bool(settings.EMAIL_HOST)}
