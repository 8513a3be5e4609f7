"""Views, search and filters of the board and the forecast: the same as those of the list."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from crm.access import signed_in
from crm.parts import Chip, Tab
from crm.queries.deals import DEALS
from crm.queries.list_filters import chips_of, without_rule
from crm.queries.list_state import MINE, ListState, saved_views

from .lists import hidden, state_of

KEPT = "pipeline"  # what the board's URL holds besides the state


def filter_context(request: HttpRequest) -> dict[str, Any]:
    """What `_deal_filters.html` shows: `state`, tabs of views, chips, and what a search carries along."""
    user = signed_in(request)
    views = saved_views("deal", user)
    state = state_of(request, DEALS, views)
    kept = request.GET.get(KEPT, "")
    tail = f"&{KEPT}={kept}" if kept.isdecimal() else ""
    builder = reverse("crm:list-filter", args=["deal"])
    named = [("", _("All")), (MINE, _("Mine")), *((str(view.pk), view.name) for view in views)]
    return {
        "state": state,
        "views": [Tab(label, f"?view={key}{tail}", state.view == key) for key, label in named],
        "chips": _chips(request, state, builder, tail),
        "filter_url": builder + state.query(),
        "hidden": [*((n, v) for n, v in hidden(state) if n != "q"), *([(KEPT, kept)] if tail else [])],
        "query": state.query(),
    }


def _chips(request: HttpRequest, state: ListState, builder: str, tail: str) -> list[Chip]:
    if state.error:
        return [Chip(state.error, f"{state.query(filter={})}{tail}", is_broken=True)]
    return [
        Chip(
            chip.label,
            f"{state.query(filter=without_rule(state.filter, chip.index))}{tail}",
            is_broken=chip.is_broken,
            edit_url=f"{builder}{state.query()}&index={chip.index}" if chip.is_plain else "",
        )
        for chip in chips_of("deal", state.filter, signed_in(request))
    ]
