"""What a list's URL says: search, filter, order, columns, view and place in the pages."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Q
from django.http import QueryDict
from django.utils.translation import gettext as _

from crm.incoming import read_json
from crm.models import SavedView, User

MINE = "mine"  # the built-in view of what the reader owns; other views are saved ones, by id


@dataclass(frozen=True)
class ListState:
    """Everything that a list's URL says. `base` is the view it starts from: the URL names only what differs."""

    q: str = ""
    filter: Mapping[str, Any] = field(default_factory=dict)
    sort: str = ""
    columns: tuple[str, ...] = ()
    view: str = ""
    after: str = ""
    before: str = ""
    error: str = ""
    base: ListState | None = field(default=None, compare=False)

    @property
    def is_narrowed(self) -> bool:
        """Whether an empty answer may be due to search or filter."""
        return bool(self.q or self.filter)

    @property
    def differs_from_view(self) -> bool:
        """Whether filter, order or columns are no longer the saved view's."""
        base = self.base or ListState()
        return (self.filter, self.sort, self.columns) != (base.filter, base.sort, base.columns)

    def query(self, **changes: Any) -> str:
        """The URL's query ("?…") for this state with some changes; a change forgets the place in the pages."""
        state = replace(self, **{"after": "", "before": "", **changes})
        base = state.base or ListState()
        params = QueryDict(mutable=True)
        for name in ("view", "q", "after", "before"):
            if value := getattr(state, name):
                params[name] = value
        if state.filter != base.filter:
            params["filter"] = json.dumps(state.filter, separators=(",", ":"), ensure_ascii=False)
        if state.sort != base.sort:
            params["sort"] = state.sort
        if state.columns != base.columns:
            params["columns"] = ",".join(state.columns)
        return f"?{params.urlencode()}"


def read_state(user: User, params: Mapping[str, str], views: Sequence[SavedView] = ()) -> ListState:
    """The state that a URL's parameters stand for, on top of the view that they name."""
    base = _base_of(user, params.get("view", ""), views)
    filter_, error = _read_filter(params["filter"]) if "filter" in params else (base.filter, "")
    columns = params["columns"].split(",") if "columns" in params else base.columns
    return ListState(
        q=params.get("q", "").strip()[:200],
        filter=filter_,
        sort=params.get("sort", base.sort)[:80],
        columns=tuple(key for key in columns if key)[:40],
        view=base.view,
        after=params.get("after", ""),
        before=params.get("before", ""),
        error=error,
        base=base,
    )


def _base_of(user: User, view: str, views: Sequence[SavedView]) -> ListState:
    if view == MINE:
        return ListState(filter=owned_by(user), view=MINE)
    for row in views:
        if str(row.pk) == view:
            return ListState(filter=row.filter, sort=row.sort, columns=tuple(row.columns), view=view)
    return ListState()


def owned_by(user: User) -> dict[str, Any]:
    return {"all": [{"field": "owner", "op": "is", "value": user.pk}]}


def _read_filter(text: str) -> tuple[Mapping[str, Any], str]:
    if not text:
        return {}, ""
    try:
        tree = read_json(text)
    except ValueError:
        return {}, _("The filter in the address can't be read.")
    return (tree, "") if isinstance(tree, Mapping) else ({}, _("The filter in the address can't be read."))


def saved_views(target: str, user: User) -> list[SavedView]:
    """The reader's own views and those that colleagues share, by name; one query."""
    rows = SavedView.objects.filter(Q(owner=user) | Q(is_shared=True), target=target)
    return list(rows.order_by("name", "pk"))
