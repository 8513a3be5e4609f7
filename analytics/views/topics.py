"""What people write about, and what is like an open conversation."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from analytics.queries.likeness import similar_conversations
from analytics.queries.places import tabs_for
from analytics.queries.topics import topic_progress, topics_page
from crm.access import Can, allows, needs, signed_in
from crm.views.frames import private
from inbox.access import get_conversation
from inbox.forms import NewTopicForm
from inbox.operations.topics import TopicTakenError, add_starters, add_topic


@require_GET
def topics(request: HttpRequest) -> HttpResponse:
    return _show(request, NewTopicForm())


@require_GET
def topics_progress(request: HttpRequest) -> HttpResponse:
    """How far the first learning is, for a page that asks every few seconds; the last answer fetches the lines anew."""
    context = {"progress": topic_progress(), "is_asked": True}
    return private(render(request, "analytics/_topic_progress.html", context))


@require_POST
@needs(Can.ANSWER)
def topic_add(request: HttpRequest) -> HttpResponse:
    """One more topic."""
    form = NewTopicForm(request.POST)
    if not form.is_valid():
        return _show(request, form, status=422)
    try:
        made = add_topic(actor=signed_in(request), **form.cleaned_data)
    except TopicTakenError as error:
        form.add_error("name", str(error))
        return _show(request, form, status=422)
    messages.success(request, _("Added: %(name)s. Give it examples in the inbox.") % {"name": made.name})
    return redirect("analytics:topics")


@require_POST
@needs(Can.ANSWER)
def topic_start(request: HttpRequest) -> HttpResponse:
    """The ticked ones of the topics that most shops know."""
    made = add_starters(actor=signed_in(request), keys=request.POST.getlist("topics"))
    if made:
        messages.success(request, _("The topics are there. Give each a few examples in the inbox."))
    return redirect("analytics:topics")


@require_GET
def similar(request: HttpRequest, pk: int) -> HttpResponse:
    """The panel of a conversation: how it was answered the last time somebody wrote this."""
    user = signed_in(request)
    found = similar_conversations(user, get_conversation(user, pk))
    return private(render(request, "analytics/similar_conversations.html", {"found": found}))


def _show(request: HttpRequest, form: NewTopicForm, *, status: int = 200) -> HttpResponse:
    user = signed_in(request)
    context = {
        "page": topics_page(user), "form": form, "tabs": tabs_for(user, "analytics:topics"),
        "may_add": allows(user, Can.ANSWER), "may_set_up": allows(user, Can.SET_UP),
    }  # fmt: skip
    return private(render(request, "analytics/topics.html", context, status=status))
