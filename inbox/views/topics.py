"""What colleagues say about topics: of one conversation, of several in the list, and new topics."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from crm.access import Can, needs, signed_in
from inbox.access import get_conversation
from inbox.forms import NewTopicForm, TopicForm
from inbox.models import Conversation
from inbox.operations.topics import TopicTakenError, add_topic, refuse_topic, say_topic
from inbox.queries.lists import PAGE_SIZE
from inbox.views.conversations import known


@require_POST
@needs(Can.ANSWER)
def topic(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    """What this conversation is about, chosen from the menu."""
    user, row = signed_in(request), get_conversation(signed_in(request), pk)
    form = TopicForm(request.POST)
    if form.is_valid():
        say_topic(conversation=row, actor=user, topic=form.chosen)
        messages.success(request, _("Thank you: Rapport learns from it."))
    return _back(known(view), row)


@require_POST
@needs(Can.ANSWER)
def not_this(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    """The topic that was read is not it."""
    user, row = signed_in(request), get_conversation(signed_in(request), pk)
    refuse_topic(conversation=row, actor=user)
    messages.success(request, _("Thank you: Rapport learns from it."))
    return _back(known(view), row)


@require_POST
@needs(Can.ANSWER)
def new_topic(request: HttpRequest, view: str, pk: int) -> HttpResponse:
    """A topic that was missing, and this conversation as its first example."""
    user, row = signed_in(request), get_conversation(signed_in(request), pk)
    form = NewTopicForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the topic a name."))
        return _back(known(view), row)
    try:
        made = add_topic(actor=user, **form.cleaned_data)
    except TopicTakenError as error:
        messages.error(request, str(error))
    else:
        say_topic(conversation=row, actor=user, topic=made)
        messages.success(request, _("Added: %(name)s. This conversation is its first example.") % {"name": made.name})
    return _back(known(view), row)


@require_POST
@needs(Can.ANSWER)
def topic_of_many(request: HttpRequest, view: str) -> HttpResponse:
    """One topic for the ticked conversations of the list; those that this user does not see stay as they are."""
    user = signed_in(request)
    asked = [int(pk) for pk in request.POST.getlist("conversations")[:PAGE_SIZE] if pk.isdecimal() and len(pk) < 19]
    rows = list(Conversation.objects.visible_to(user).filter(pk__in=asked).order_by("pk"))
    form = TopicForm(request.POST)
    if not rows or not form.is_valid():
        messages.error(request, _("Tick at least one conversation, and choose a topic."))
        return redirect("inbox:view", known(view))
    for row in rows:
        say_topic(conversation=row, actor=user, topic=form.chosen)
    words = ngettext("%(count)s conversation is put right.", "%(count)s conversations are put right.", len(rows))
    messages.success(request, words % {"count": len(rows)})
    return redirect("inbox:view", known(view))


def _back(view: str, row: Conversation) -> HttpResponse:
    return redirect("inbox:conversation", view, row.pk)
