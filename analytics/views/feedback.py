"""What customers answered: the page, and the tile of Insights that says whether they are happy."""

from __future__ import annotations

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.dateparse import parse_date
from django.views.decorators.http import require_GET

from analytics.queries.boards.blocks import read_block
from analytics.queries.feedback import MOODS, Kind, Wanted, feedback_page
from analytics.queries.happy import happy_tile
from analytics.queries.places import sees_all, tabs_for
from crm.access import Can, allows, signed_in
from crm.extensions import dashboard_tiles
from crm.incoming import is_believable
from crm.views.frames import private


@require_GET
def feedback(request: HttpRequest) -> HttpResponse:
    user, query = signed_in(request), request.GET
    kind, mood = query.get("question", Kind.CSAT), query.get("mood", "")
    if kind not in Kind.values or mood not in MOODS:
        raise Http404
    wanted = Wanted(kind, mood, _day(query.get("from", "")), _day(query.get("to", "")), query.get("after", ""))
    context = {
        "page": feedback_page(user, wanted, is_whole=sees_all(user)),
        "tabs": tabs_for(user, "analytics:feedback"),
        "can_set_up": allows(user, Can.SET_UP),
    }
    return private(render(request, "analytics/feedback.html", context))


@require_GET
def happy(request: HttpRequest) -> HttpResponse:
    """Are people happy? One of the owner's five questions."""
    user = signed_in(request)
    narrowed = read_block(request.GET, dashboard_tiles["happy"].follows)
    tile = happy_tile(user, narrowed, is_whole=sees_all(user))
    context = {"tile": tile, "narrowed": narrowed, "can_set_up": allows(user, Can.SET_UP)}
    return private(render(request, "analytics/happy.html", context))


def _day(text: str) -> date | None:
    """A day that a business can mean; None for anything else."""
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and is_believable(day) else None
