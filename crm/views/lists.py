"""What every list page shares: its frame, the filter builder, the choice of columns, saved views and export."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from crm.access import Can, allows, require, signed_in
from crm.filters import FilterError
from crm.forms.filters import RuleForm
from crm.forms.lists import ViewForm
from crm.models import SavedView, User
from crm.operations.bulk import MOST_AT_ONCE, record_export
from crm.operations.saved_views import ViewNameTakenError, delete_view, save_view
from crm.parts import Chip, Tab
from crm.parts import Column as Head
from crm.queries.exports import export_rows
from crm.queries.list_filters import chips_of, joined_by, rules_of, with_other_join, with_rule, without_rule
from crm.queries.list_state import MINE, ListState, read_state, saved_views
from crm.queries.lists import Listing, ListPage, all_columns, list_page, rows_of

from .frames import is_htmx, leave, render_dialog, render_part
from .listings import find_listing

MOST_DIGITS = 18  # of an id: what a database's integers hold


def state_of(request: HttpRequest, listing: Listing, views: Sequence[SavedView] | None = None) -> ListState:
    """The state in a request's parameters: of the URL, or of the hidden fields that a form carries along."""
    user = signed_in(request)
    params = request.GET if request.method == "GET" else request.POST
    if views is None:
        views = saved_views(listing.target, user) if params.get("view") else []
    return read_state(user, params, views)


def hidden(state: ListState) -> list[tuple[str, str]]:
    """The state as hidden fields of a form."""
    return parse_qsl(state.query().removeprefix("?"), keep_blank_values=True)


def picked_ids(request: HttpRequest) -> list[int]:
    """The ids of the ticked rows."""
    return [int(pk) for pk in request.POST.getlist("ids") if pk.isdecimal() and len(pk) <= MOST_DIGITS]


def list_url(listing: Listing, query: str = "") -> str:
    return reverse(listing.url_name) + (query if query != "?" else "")


def render_list(request: HttpRequest, listing: Listing, template: str, **extra: Any) -> HttpResponse:
    """A list as a page; for htmx only the rows and what depends on them."""
    user = signed_in(request)
    views = saved_views(listing.target, user)
    state = state_of(request, listing, views)
    page = list_page(listing, user, state)
    context = {
        "listing": listing,
        "page": page,
        "state": state,
        "hidden": hidden(state),
        "tabs": _tabs(listing, state, views),
        "heads": _heads(page),
        "chips": _chips(listing, page, user),
        "join": joined_by(state.filter) if len(rules_of(state.filter)) > 1 else "",
        "other_join_url": list_url(listing, state.query(filter=with_other_join(state.filter))),
        "own_view": next((view for view in views if str(view.pk) == state.view and view.owner_id == user.pk), None),
        "reset_url": list_url(listing, f"?view={state.view}" if state.view else ""),
        "list_url": list_url(listing),
        "cleared_url": list_url(listing, state.query(q="", filter={})),
        "count_words": listing.count_words(page.count),
        "can_pick_all": bool(page.next_query or page.previous_query) and page.count.number <= MOST_AT_ONCE,
        "import_url": reverse("crm:import-list") if allows(user, Can.IMPORT) else "",
        "can_export": allows(user, Can.EXPORT),
        "can_edit": allows(user, listing.edit_capability),
        "can_delete": allows(user, Can.DELETE),
        "can_work": allows(user, Can.WORK),
        **extra,
    }
    return render_part(request, "crm/_list_results.html" if is_htmx(request) else template, context)


def _tabs(listing: Listing, state: ListState, views: Sequence[SavedView]) -> list[Tab]:
    built_in = [("", _("All"))] + ([(MINE, _("Mine"))] if listing.has_owner else [])
    named = [*built_in, *((str(view.pk), view.name) for view in views)]
    return [Tab(label, list_url(listing, f"?view={key}" if key else ""), state.view == key) for key, label in named]


def _heads(page: ListPage) -> list[Head]:
    heads = []
    for column in page.columns:
        is_current = page.sort.removeprefix("-") == column.key
        is_falling = is_current and page.sort.startswith("-")
        next_falls = not is_falling if is_current else column.falls_first
        heads.append(
            Head(
                label=str(column.label),
                sort_url=page.state.query(sort=f"{'-' if next_falls else ''}{column.key}")
                if column.is_sortable
                else "",
                direction=("descending" if is_falling else "ascending") if is_current else "",
                is_number=column.is_number,
                is_wide_only=column.is_wide_only,
            )
        )
    return heads


def _chips(listing: Listing, page: ListPage, user: User) -> list[Chip]:
    state = page.state
    builder = reverse("crm:list-filter", args=[listing.target])
    if state.error:
        return [Chip(state.error, list_url(listing, state.query(filter={})), is_broken=True)]
    return [
        Chip(
            chip.label,
            list_url(listing, state.query(filter=without_rule(state.filter, chip.index))),
            is_broken=chip.is_broken,
            edit_url=f"{builder}{state.query()}&index={chip.index}" if chip.is_plain else "",
        )
        for chip in chips_of(listing.target, state.filter, user)
    ]


@require_GET
def list_filter(request: HttpRequest, target: str) -> HttpResponse:
    """Build one rule: choose the field, then the condition, then the value.

    `apply` puts it into the list's URL; `ask` only asks on, after a change of field or condition.
    """
    listing = find_listing(target)
    state = state_of(request, listing)
    index = int(text) if (text := request.GET.get("index", "")[:3]).isdecimal() else None
    rules = rules_of(state.filter)
    rule = rules[index] if index is not None and index < len(rules) and isinstance(rules[index], dict) else None
    is_asked = "field" in request.GET
    is_applied = "apply" in request.GET and "ask" not in request.GET
    form = RuleForm(target, request.GET if is_asked else None, rule)
    if is_applied and form.is_valid():
        query = state.query(filter=with_rule(state.filter, form.cleaned_data["rule"], index))
        return leave(request, _home(request, listing) + query)
    if is_asked and not is_applied:
        form.is_bound = False
        form.initial = {**form.initial, "field": form.data.get("field"), "op": form.data.get("op")}
    context = {
        "title": _("Filter"), "listing": listing, "form": form, "index": index, "hidden": hidden(state),
        "back_url": list_url(listing, state.query()),
    }  # fmt: skip
    return render_dialog(request, "crm/list_filter.html", context, status=422 if form.errors else 200)


def _home(request: HttpRequest, listing: Listing) -> str:
    """The list or another page that the same filter narrows, where that is what the dialog stands on."""
    page = urlsplit(request.headers.get("HX-Current-URL", "")).path
    return page if page in [reverse(name) for name in listing.also_narrows] else reverse(listing.url_name)


@require_GET
def list_columns(request: HttpRequest, target: str) -> HttpResponse:
    """Choose the columns and their order; `apply` puts the choice into the list's URL."""
    listing = find_listing(target)
    state = state_of(request, listing)
    known = all_columns(listing)[1:]
    if "apply" in request.GET:
        wanted = [key for key in request.GET.getlist("column") if key in {column.key for column in known}]
        is_default = wanted == [column.key for column in known if column.is_default]
        return leave(request, list_url(listing, state.query(columns=() if is_default else tuple(wanted))))
    shown = state.columns or tuple(column.key for column in known if column.is_default)
    in_order = sorted(known, key=lambda column: shown.index(column.key) if column.key in shown else len(shown))
    context = {
        "title": _("Columns"), "listing": listing, "columns": in_order, "shown": shown, "hidden": hidden(state),
        "back_url": list_url(listing, state.query()),
    }  # fmt: skip
    return render_dialog(request, "crm/list_columns.html", context)


@require_http_methods(["GET", "POST"])
def view_save(request: HttpRequest, target: str) -> HttpResponse:
    """Give the list as it stands a name, or put it into the view that it started from (`update`)."""
    listing = find_listing(target)
    user = signed_in(request)
    state = state_of(request, listing)
    view = _own_view(user, target, state.view) if "update" in request.POST else None
    asked = {"name": view.name, "is_shared": view.is_shared} if view else request.POST
    form = ViewForm(asked if request.method == "POST" else None, may_share=allows(user, Can.SHARE))
    if request.method == "POST" and form.is_valid():
        try:
            saved = save_view(
                actor=user, target=target, view=view, filter=state.filter, sort=state.sort, columns=state.columns,
                **form.cleaned_data,
            )  # fmt: skip
            return leave(request, list_url(listing, f"?view={saved.pk}"), _("The view is saved."))
        except (ViewNameTakenError, FilterError) as error:
            form.add_error("name", str(error))
    context = {
        "title": _("Save as a view"), "listing": listing, "form": form, "hidden": hidden(state),
        "back_url": list_url(listing, state.query()),
    }  # fmt: skip
    return render_dialog(request, "crm/view_save.html", context, status=422 if form.errors else 200)


@require_http_methods(["GET", "POST"])
def view_delete(request: HttpRequest, target: str, pk: int) -> HttpResponse:
    listing = find_listing(target)
    user = signed_in(request)
    view = _own_view(user, target, str(pk))
    if request.method == "POST":
        delete_view(view=view, actor=user)
        return leave(request, list_url(listing), _("The view is removed. Its records are still there."))
    context = {
        "title": _("Remove the view “%(name)s”?") % {"name": view.name}, "listing": listing, "view": view,
        "back_url": list_url(listing, f"?view={view.pk}"),
    }  # fmt: skip
    return render_dialog(request, "crm/view_delete.html", context)


def _own_view(user: User, target: str, key: str) -> SavedView:
    view = SavedView.objects.filter(target=target, owner=user, pk=key).first() if key.isdecimal() else None
    if view is None:
        raise Http404
    return view


class _Echo:
    """A file that hands back what is written to it, for csv.writer to stream through."""

    def write(self, text: str) -> str:
        return text


@require_POST
def list_export(request: HttpRequest, target: str) -> HttpResponse | StreamingHttpResponse:
    """The list as a CSV file: every row of the view, or only the picked ones."""
    listing = find_listing(target)
    user = signed_in(request)
    require(user, Can.EXPORT)
    state = state_of(request, listing)
    ids = picked_ids(request)
    picked = ids if ids and "all" not in request.POST else None
    try:
        rows = export_rows(listing, user, state, picked)
        number = len(picked) if picked is not None else rows_of(listing, user, state).count()
    except FilterError:
        return redirect(list_url(listing, state.query()))
    record_export(actor=user, target=target, rows=number)
    writer = csv.writer(_Echo())
    response = StreamingHttpResponse(_lines(writer, rows), content_type="text/csv; charset=utf-8")
    name = f"{target}-{timezone.localdate():%Y-%m-%d}.csv"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    response["Cache-Control"] = "private, no-store"
    return response


def _lines(writer: Any, rows: Iterator[list[Any]]) -> Iterator[str]:
    yield "\ufeff"  # spreadsheets take a file without this mark for their old local encoding
    for row in rows:
        yield writer.writerow(row)
