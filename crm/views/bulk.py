"""What can be done to a selection of a list: assign, tag, plan a task, delete."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from crm.access import Can, require, signed_in
from crm.filters import FilterError
from crm.forms.lists import AssignForm, TagsForm, TaskForAllForm
from crm.models import Record, User
from crm.operations.bulk import (
    MOST_AT_ONCE,
    TooManyError,
    assign_records,
    delete_records,
    plan_tasks,
    tag_records,
)
from crm.queries.list_state import ListState
from crm.queries.lists import Listing, rows_of

from .frames import leave, render_dialog
from .listings import find_listing
from .lists import hidden, list_url, picked_ids, state_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True)
class BulkAction:
    """One act: its words, the form that asks what is needed, and the operation. `capability` None: the listing's."""

    title: _StrOrPromise
    button: _StrOrPromise
    form: type[forms.Form]
    run: Callable[[Sequence[Record], Any, User], int]
    capability: Can | None = None
    is_dangerous: bool = False
    warning: _StrOrPromise = ""


def _assign(records: Sequence[Record], form: Any, actor: User) -> int:
    return assign_records(records=records, owner=form.cleaned_data["owner"], actor=actor)


def _tag(records: Sequence[Record], form: Any, actor: User) -> int:
    return tag_records(records=records, add=form.names(), remove=(), actor=actor)


def _untag(records: Sequence[Record], form: Any, actor: User) -> int:
    return tag_records(records=records, add=(), remove=form.names(), actor=actor)


def _plan(records: Sequence[Record], form: Any, actor: User) -> int:
    return plan_tasks(records=records, actor=actor, **form.cleaned_data)


def _delete(records: Sequence[Record], form: Any, actor: User) -> int:
    return delete_records(records=records, actor=actor)


class NothingForm(forms.Form):
    """An act that needs no further word."""


class UntagForm(TagsForm):
    new = None  # type: ignore[assignment]  # only existing tags can be taken off

    def names(self) -> list[str]:
        return list(self.cleaned_data.get("tags", []))


ACTIONS: dict[str, BulkAction] = {
    "assign": BulkAction(gettext_lazy("Assign to a colleague"), gettext_lazy("Assign"), AssignForm, _assign),
    "tag": BulkAction(gettext_lazy("Add tags"), gettext_lazy("Add tags"), TagsForm, _tag),
    "untag": BulkAction(gettext_lazy("Remove tags"), gettext_lazy("Remove tags"), UntagForm, _untag),
    "task": BulkAction(
        gettext_lazy("Plan a task for each"), gettext_lazy("Plan the tasks"), TaskForAllForm, _plan, Can.WORK
    ),
    "delete": BulkAction(
        gettext_lazy("Delete the selection"), gettext_lazy("Delete for good"), NothingForm, _delete, Can.DELETE,
        is_dangerous=True,
        warning=gettext_lazy("Their notes, tasks and history go with them. Orders stay, without a name."),
    ),
}  # fmt: skip


@require_POST
def bulk(request: HttpRequest, target: str, action: str) -> HttpResponse:
    """First asks what is needed, then (`step=do`) does it to every picked record that the user may see."""
    listing = find_listing(target)
    user = signed_in(request)
    if action not in ACTIONS:
        raise Http404
    act = ACTIONS[action]
    require(user, act.capability or Can(listing.edit_capability))
    state = state_of(request, listing)
    back = list_url(listing, state.query())
    records, problem = _picked(request, listing, user, state)
    if problem:
        return _ask(request, listing, act, state, records, problem=problem)
    form = act.form(request.POST if request.POST.get("step") == "do" else None)
    if not form.is_bound or not form.is_valid():
        return _ask(request, listing, act, state, records, form=form)
    number = act.run(records, form, user)
    words = ngettext("Done for %(number)s record.", "Done for %(number)s records.", number) % {"number": number}
    return leave(request, back, words)


def _picked(request: HttpRequest, listing: Listing, user: User, state: ListState) -> tuple[Sequence[Record], str]:
    """The picked records, or all of the view; and what is wrong with the selection, in words."""
    try:
        rows = rows_of(listing, user, state)
    except FilterError as error:
        return [], str(error)
    if "all" not in request.POST:
        manager: Any = listing.model._default_manager
        rows = manager.visible_to(user).filter(pk__in=picked_ids(request)[: MOST_AT_ONCE + 1])
    records: Sequence[Record] = list(rows.select_related("owner").order_by("pk")[: MOST_AT_ONCE + 1])
    if not records:
        return [], _("Nothing is picked, or it is no longer there.")
    if len(records) > MOST_AT_ONCE:
        return [], str(TooManyError(len(records)))
    return records, ""


def _ask(
    request: HttpRequest,
    listing: Listing,
    act: BulkAction,
    state: ListState,
    records: Sequence[Record],
    *,
    form: forms.Form | None = None,
    problem: str = "",
) -> HttpResponse:
    context = {
        "title": act.title, "act": act, "form": form, "problem": problem, "records": records,
        "shown": [str(record) for record in records[:5]], "more": max(len(records) - 5, 0),
        "hidden": hidden(state), "back_url": list_url(listing, state.query()),
        "ids": [record.pk for record in records],
    }  # fmt: skip
    is_wrong = bool(problem) or (form is not None and form.is_bound)
    return render_dialog(request, "crm/list_bulk.html", context, status=422 if is_wrong else 200)
