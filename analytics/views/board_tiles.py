"""The tiles of a dashboard: add, take away and put back, move, make wider."""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlsplit

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from analytics.access import get_own_board, get_own_tile
from analytics.forms.boards import MoveForm, PinForm, ResizeForm
from analytics.models import Board
from analytics.operations.board_tiles import (
    BoardFullError,
    NoNeighbourError,
    UnknownTileError,
    add_tile,
    is_known,
    move_tile,
    remove_tile,
    resize_tile,
    restore_tile,
)
from analytics.operations.boards import TooManyBoardsError, create_board, free_name
from analytics.queries.boards.addable import addable_groups
from crm.access import signed_in
from crm.operations.editing import EditConflictError
from crm.views.frames import is_htmx, leave, page_before, render_dialog, render_part, sent
from crm.views.undo import keep_for_undo, offer_undo, take_for_undo

UNDO_KEY = "removed_tile"


@require_http_methods(["GET", "POST"])
def tile_add(request: HttpRequest, pk: int) -> HttpResponse:
    """All that can be put on the dashboard; a POST of `tile` ("number:revenue") puts it there."""
    user = signed_in(request)
    board = get_own_board(user, pk)
    if request.method == "POST":
        kind, _colon, key = request.POST.get("tile", "").partition(":")
        try:
            add_tile(board=board, kind=kind, key=key, actor=user)
        except (UnknownTileError, BoardFullError) as refused:
            messages.error(request, str(refused))
        else:
            messages.success(request, _("The tile is on the dashboard, at the end."))
        return redirect(page_before(request, reverse("analytics:tile-add", args=[pk])))
    q = request.GET.get("q", "")
    context = {"board": board, "groups": addable_groups(user, board, q), "q": q[:100]}
    return render_part(request, "analytics/tile_add.html", context, part="found")


@require_http_methods(["GET", "POST"])
def tile_pin(request: HttpRequest) -> HttpResponse:
    """Put what `tile` names ("report:7") on one of the user's dashboards, or on a new one."""
    user = signed_in(request)
    kind, _colon, key = request.GET.get("tile", "").partition(":")
    if not is_known(kind, key, user):
        raise Http404
    own = Board.objects.filter(owner=user).order_by("name", "pk")
    form = PinForm(sent(request), own=own, initial={"board": own.first()})
    if form.is_valid():
        try:
            board = form.cleaned_data["board"] or create_board(actor=user, name=free_name(user, _("My dashboard")))
            tile = add_tile(board=board, kind=kind, key=key, actor=user)
            url = f"{reverse('analytics:board-detail', args=[board.pk])}#tile-{tile.pk}"
            return leave(request, url, _("The tile is on the dashboard, at the end."))
        except (BoardFullError, TooManyBoardsError) as refused:
            form.add_error("board", str(refused))
    context = {
        "title": _("Put on a dashboard"), "form": form, "submit": _("Put it there"),
        "back_url": page_before(request, reverse("analytics:report-list")),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


@require_POST
def tile_move(request: HttpRequest, pk: int, tile: int) -> HttpResponse:
    user = signed_in(request)
    moved = get_own_tile(user, pk, tile)
    form = MoveForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    try:
        board = move_tile(tile=moved, actor=user, **form.cleaned_data)
    except (EditConflictError, NoNeighbourError):
        return _stale(request, pk)
    order = list(board.tiles.order_by("position", "pk").values_list("pk", flat=True))
    place = {"place": order.index(tile) + 1, "all": len(order)}
    return _arranged(request, board, tile, _("Now tile %(place)s of %(all)s.") % place)


@require_POST
def tile_resize(request: HttpRequest, pk: int, tile: int) -> HttpResponse:
    user = signed_in(request)
    resized = get_own_tile(user, pk, tile)
    form = ResizeForm(request.POST)
    if not form.is_valid():
        return HttpResponse(status=400)
    try:
        board = resize_tile(tile=resized, actor=user, **form.cleaned_data)
    except EditConflictError:
        return _stale(request, pk)
    return _arranged(request, board, tile, width_words()[form.cleaned_data["width"] - 1])


def width_words() -> Sequence[str]:
    """How wide a tile is, by columns."""
    return (_("A quarter wide."), _("Half as wide as the page."), _("Three quarters wide."), _("As wide as the page."))


@require_POST
def tile_remove(request: HttpRequest, pk: int, tile: int) -> HttpResponse:
    """Take a tile away at once, with an offer to put it back."""
    user = signed_in(request)
    removed = get_own_tile(user, pk, tile)
    keep_for_undo(request, UNDO_KEY, {"board": pk, **remove_tile(tile=removed, actor=user)})
    words, undo_url = _("The tile is off the dashboard."), reverse("analytics:tile-restore", args=[pk])
    if not is_htmx(request):
        offer_undo(request, words, undo_url)
        return redirect(_page(request, pk))
    removed.board.refresh_from_db()
    response = _arranged(request, removed.board, tile, words)
    return trigger_client_event(response, "toast", {"text": words, "level": "success", "undo_url": undo_url})


@require_POST
def tile_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Put back the tile that this user took away last."""
    user = signed_in(request)
    board = get_own_board(user, pk)
    kept = take_for_undo(request, UNDO_KEY)
    if kept["board"] != pk:
        raise Http404
    try:
        restore_tile(board=board, kept=kept, actor=user)
    except BoardFullError as refused:
        messages.error(request, str(refused))
        return leave(request, _page(request, pk))
    return leave(request, _page(request, pk), _("The tile is back."))


def _page(request: HttpRequest, pk: int) -> str:
    """The dashboard as it was looked at, while it is arranged."""
    home = reverse("analytics:board-detail", args=[pk])
    before = urlsplit(request.headers.get("HX-Current-URL") or request.headers.get("Referer", ""))
    return f"{home}?{before.query}" if before.path == home and before.query else f"{home}?arrange=1"


def _arranged(request: HttpRequest, board: Board, tile: int, words: str) -> HttpResponse:
    """Scripts have moved the tile already: they hear the new version, and say what happened. Forms go back."""
    if not is_htmx(request):
        return redirect(f"{_page(request, board.pk)}#tile-{tile}")
    response = HttpResponse(status=204)
    return trigger_client_event(response, "tiles-arranged", {"version": board.version, "words": words})


def _stale(request: HttpRequest, pk: int) -> HttpResponse:
    """Nothing was done: the dashboard is shown as it is now, and says so."""
    messages.warning(request, _("This dashboard was changed meanwhile. It is shown as it is now; try again."))
    return leave(request, _page(request, pk))
