"""Dashboards: the page of one, the list of all, and what is done with them as a whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from analytics.access import get_board, get_own_board
from analytics.forms.boards import BoardForm, NewBoardForm
from analytics.models import Board
from analytics.operations.boards import (
    BoardNameTakenError,
    TooManyBoardsError,
    copy_board,
    create_board,
    delete_board,
    restore_board,
    take_ready_board,
    update_board,
)
from analytics.queries.boards.first import first_url
from analytics.queries.boards.lists import boards_page
from analytics.queries.boards.narrowing import Narrowing, from_data, read_narrowing
from analytics.queries.boards.pages import board_page, ready_page, tiles_of
from analytics.queries.boards.tiles import Tiles, tile_views
from analytics.queries.reports.questions import ReportError, find_source
from analytics.ready_boards import READY_BOARDS, ReadyBoard
from crm.access import Can, allows, signed_in
from crm.extensions import report_sources
from crm.filters import FilterError
from crm.forms.filters import RuleForm
from crm.models import Role, User
from crm.operations.editing import EditConflictError
from crm.queries.list_filters import rules_of, with_rule
from crm.views.frames import leave, render_dialog, render_part, sent
from crm.views.undo import keep_for_undo, offer_undo, take_for_undo

UNDO_KEY = "removed_board"


@require_GET
def board_home(request: HttpRequest) -> HttpResponse:
    """The dashboard that opens first for this user."""
    return redirect(first_url(signed_in(request)))


@require_GET
def board_detail(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    board = get_board(user, pk)
    narrowing, error = _narrowing(request.GET, board.narrowing)
    page = board_page(user, board, narrowing, error)
    return _answer(request, {"page": page, "is_arranged": page.is_mine and "arrange" in request.GET})


@require_GET
def board_ready(request: HttpRequest, which: str) -> HttpResponse:
    narrowing, error = _narrowing(request.GET, {})
    return _answer(request, {"page": ready_page(signed_in(request), ready_or_404(which), narrowing, error)})


def _answer(request: HttpRequest, context: dict[str, Any]) -> HttpResponse:
    context["can_set_up"] = allows(signed_in(request), Can.SET_UP)
    return render_part(request, "analytics/board_detail.html", context, part="board")


def _narrowing(params: Mapping[str, str], kept: Mapping[str, Any]) -> tuple[Narrowing, str]:
    """What is asked for, and what of that can't be understood."""
    try:
        return read_narrowing(params, kept), ""
    except ReportError as error:
        return from_data(kept), str(error)


def ready_or_404(key: str) -> ReadyBoard:
    if key not in READY_BOARDS:
        raise Http404
    return READY_BOARDS[key]


@require_GET
def board_list(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    context = {"page": boards_page(user)}
    return render_part(request, "analytics/board_list.html", context)


# --- making and naming --------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
def board_new(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    form = NewBoardForm(sent(request))
    if form.is_valid():
        ready = READY_BOARDS.get(form.cleaned_data["start"])
        try:
            board = create_board(actor=user, name=form.cleaned_data["name"], tiles=ready.tiles if ready else ())
            return leave(request, _arranging(board), _("The dashboard is there. Add tiles and put them in order."))
        except (BoardNameTakenError, TooManyBoardsError) as refused:
            form.add_error("name", str(refused))
    context = {
        "title": _("New dashboard"), "form": form, "submit": _("Make dashboard"),
        "back_url": reverse("analytics:board-list"),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


@require_POST
def board_take(request: HttpRequest, which: str) -> HttpResponse:
    """A ready-made dashboard becomes this user's own, to be arranged."""
    try:
        board = take_ready_board(ready=ready_or_404(which), actor=signed_in(request))
    except TooManyBoardsError as refused:
        return _refuse(request, reverse("analytics:board-ready", args=[which]), str(refused))
    return leave(request, _arranging(board), _("This dashboard is yours now: arrange it as you like."))


@require_POST
def board_copy(request: HttpRequest, pk: int) -> HttpResponse:
    user = signed_in(request)
    try:
        copy = copy_board(board=get_board(user, pk), actor=user)
    except TooManyBoardsError as refused:
        return _refuse(request, reverse("analytics:board-detail", args=[pk]), str(refused))
    return leave(request, _arranging(copy), _("This is your copy: arrange it as you like."))


def _arranging(board: Board) -> str:
    return f"{reverse('analytics:board-detail', args=[board.pk])}?arrange=1"


def _refuse(request: HttpRequest, url: str, words: str) -> HttpResponse:
    messages.error(request, words)
    return leave(request, url)


@require_http_methods(["GET", "POST"])
def board_name(request: HttpRequest, pk: int) -> HttpResponse:
    """Another name, and who sees it."""
    user = signed_in(request)
    board = get_own_board(user, pk)
    initial = {"name": board.name, "shared_with": board.shared_with, "version": board.version}
    form = BoardForm(sent(request), initial=initial, may_share=allows(user, Can.SHARE))
    url = reverse("analytics:board-detail", args=[pk])
    if form.is_valid():
        try:
            update_board(board=board, actor=user, **form.cleaned_data)
            return leave(request, url, _("The dashboard is saved."))
        except (BoardNameTakenError, EditConflictError) as refused:
            form.add_error("name", str(refused))
    context = {"title": _("Name and sharing"), "form": form, "submit": _("Save dashboard"), "back_url": url}
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


# --- how it opens -------------------------------------------------------------------------------------------------


@require_POST
def board_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """The dashboard opens with the period, owner and filters that it is narrowed to now."""
    user = signed_in(request)
    board = get_own_board(user, pk)
    narrowing, error = _narrowing(request.POST, {})
    url = reverse("analytics:board-detail", args=[pk])
    if error:
        return _refuse(request, url, error)
    try:
        update_board(board=board, actor=user, narrowing=narrowing.as_data())
    except FilterError as refused:
        return _refuse(request, url, str(refused))
    return leave(request, url, _("It opens like this from now on."))


# --- removing -----------------------------------------------------------------------------------------------------


@require_POST
def board_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Remove an own dashboard at once: the list that follows offers to put it back."""
    user = signed_in(request)
    board = get_own_board(user, pk)
    kept = delete_board(board=board, actor=user)
    keep_for_undo(request, UNDO_KEY, kept)
    offer_undo(request, _removed_words(kept), reverse("analytics:board-restore"))
    return leave(request, reverse("analytics:board-list"))


def _removed_words(kept: Mapping[str, Any]) -> str:
    """What is gone, and for whom something else opens first now."""
    words = _("Removed: %(name)s") % {"name": kept["name"]}
    roles = ", ".join(str(Role(each["role"]).label) for each in kept["first_for"])
    more = _("What is ready for their role opens first again for: %(roles)s.") % {"roles": roles}
    return f"{words}. {more}" if roles else words


@require_POST
def board_restore(request: HttpRequest) -> HttpResponse:
    """Put back the dashboard that this user removed last."""
    board = restore_board(kept=take_for_undo(request, UNDO_KEY), actor=signed_in(request))
    return leave(request, reverse("analytics:board-detail", args=[board.pk]), _("The dashboard is back."))


# --- the filter of the whole dashboard ----------------------------------------------------------------------------


@require_GET
def board_filter(request: HttpRequest) -> HttpResponse:
    """Build one rule, as lists do: about what, field, condition, value; `apply` puts it into the address."""
    user = signed_in(request)
    home, which, tiles = _board_of(user, request.GET)
    narrowing, error = _narrowing(request.GET, {})
    if error:
        raise Http404
    base = {**narrowing.params(), **which}
    of = request.GET.get("of", "")
    counted = {target for tile in tile_views(tiles, user, Narrowing()) for target in tile.targets}
    context: dict[str, Any] = {
        "title": _("Filter"),
        "url": reverse("analytics:board-filter"),
        "back_url": home + narrowing.query(),
        "sources": [
            (each.label, each.icon, _query(base, of=each.key)) for each in report_sources if each.key in counted
        ],
    }
    if report_sources.get(of) is None:
        return render_dialog(request, "analytics/board_filter.html", context)
    tree = narrowing.filters.get(of, {})
    index = int(text) if (text := request.GET.get("index", "")[:3]).isdecimal() else None
    form, is_applied = _rule_form(request, of, tree, index)
    if is_applied and form.is_valid():
        filters = {**narrowing.filters, of: with_rule(tree, form.cleaned_data["rule"], index)}
        return leave(request, home + replace(narrowing, filters=filters).query())
    context |= {"form": form, "index": index, "hidden": [*base.items(), ("of", of)], "source": find_source(of)}
    return render_dialog(request, "analytics/board_filter.html", context, status=422 if form.errors else 200)


def _board_of(user: User, params: Mapping[str, str]) -> tuple[str, dict[str, str], Tiles]:
    """The address of the dashboard that is filtered, the parameter that names it, and its tiles. Raises Http404."""
    pk, ready = params.get("board", "")[:18], params.get("ready", "")
    if pk.isdecimal():
        board = get_board(user, int(pk))
        return reverse("analytics:board-detail", args=[board.pk]), {"board": pk}, tiles_of(board)
    found = ready_or_404(ready)
    return reverse("analytics:board-ready", args=[ready]), {"ready": ready}, [(0, tile) for tile in found.tiles]


def _query(base: Mapping[str, str], **more: str) -> str:
    params = QueryDict(mutable=True)
    params.update({**base, **more})
    return f"?{params.urlencode()}"


def _rule_form(request: HttpRequest, of: str, tree: Mapping[str, Any], index: int | None) -> tuple[RuleForm, bool]:
    """The form as far as it is filled in, and whether it is to be taken."""
    rules = rules_of(tree)
    rule = rules[index] if index is not None and index < len(rules) and isinstance(rules[index], dict) else None
    is_asked = "field" in request.GET
    is_applied = "apply" in request.GET and "ask" not in request.GET
    form = RuleForm(of, request.GET if is_asked else None, rule)
    if is_asked and not is_applied:
        form.is_bound = False
        form.initial = {**form.initial, "field": form.data.get("field"), "op": form.data.get("op")}
    return form, is_applied
