"""The deals board: its page, and every way of moving a card over it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST
from django_htmx.http import trigger_client_event

from crm.access import Can, allows, get_deal, needs, signed_in
from crm.filters import FilterError
from crm.forms.deals import LostForm, MoveForm, WonForm
from crm.models import Deal, Stage, User
from crm.operations.deals import NothingToUndoError, move_deal, undo_move
from crm.operations.editing import EditConflictError
from crm.operations.workspace import current_workspace
from crm.parts import Tab
from crm.queries.deal_board import Board, deal_board, more_cards, one_card, stage_totals
from crm.queries.deal_sums import Totals, summable
from crm.queries.deals import DEALS, all_stages, usual_reasons
from crm.queries.list_state import ListState, read_state, saved_views
from crm.queries.lists import rows_of

from .deal_filters import filter_context
from .frames import done, is_htmx, leave, private, render_dialog, render_part

TEMPLATE = "crm/deal_board.html"


@require_GET
def board(request: HttpRequest) -> HttpResponse:
    """The board as a page; for htmx its columns, or with `?stage=&after=` the next cards of one."""
    user = signed_in(request)
    context = {**filter_context(request), "can_sell": allows(user, Can.SELL), "error": ""}
    state = context["state"]
    try:
        deals = rows_of(DEALS, user, state)
    except FilterError as error:
        return render_part(request, TEMPLATE, {**context, "error": str(error)}, part="board")
    if is_htmx(request) and "after" in request.GET:
        return _more(request, deals, user)
    currency, sums = current_workspace().currency, summable(deals, user, state)
    shown = deal_board(deals, sums=sums, user=user, currency=currency, pipeline_id=_pk(request, "pipeline"))
    context |= {
        "board": shown,
        "pipelines": _pipeline_tabs(shown, state),
        "picked": _picked(shown, _pk(request, "stage")),
    }
    return render_part(request, TEMPLATE, context, part="board")


def _more(request: HttpRequest, deals: QuerySet[Deal], user: User) -> HttpResponse:
    stage = next((stage for stage in all_stages() if stage.pk == _pk(request, "stage")), None)
    if stage is None:
        raise Http404
    cards, after = more_cards(deals, stage, request.GET["after"], user=user)
    context = {"cards": cards, "after": after, "stage": stage, "can_sell": allows(user, Can.SELL)}
    return private(render(request, f"{TEMPLATE}#more", context))


def _pk(request: HttpRequest, name: str) -> int | None:
    text = request.GET.get(name, "")
    return int(text) if text.isdecimal() and len(text) < 19 else None


def _pipeline_tabs(shown: Board, state: ListState) -> list[Tab]:
    """The pipelines; a business with one of them needs no tabs."""
    if len(shown.pipelines) < 2:
        return []
    query = state.query().removeprefix("?")
    tail = f"&{query}" if query else ""
    return [Tab(p.name, f"?pipeline={p.pk}{tail}", p == shown.pipeline) for p in shown.pipelines]


def _picked(shown: Board, stage_id: int | None) -> int | None:
    """The stage that a phone shows: the chosen one, else the first with cards."""
    ids = [column.stage.pk for column in shown.columns]
    if stage_id in ids:
        return stage_id
    return next((c.stage.pk for c in shown.columns if c.totals.count), ids[0] if ids else None)


# --- moving ---------------------------------------------------------------------------------------------------------


@require_http_methods(["GET", "POST"])
@needs(Can.SELL)
def deal_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a stage or, with `?stage=`, go there. Winning and losing ask their question first."""
    user = signed_in(request)
    deal = get_deal(user, pk)
    stages = all_stages()
    params = request.POST if request.method == "POST" else request.GET
    if "stage" not in params:
        return _choose_stage(request, deal, stages)
    form = MoveForm(params, stages=stages)
    if not form.is_valid():
        raise Http404
    if form.chosen.kind != Stage.Kind.OPEN and form.chosen.pk != deal.stage_id:
        return _close(request, deal, form)
    if request.method == "GET":
        return _choose_stage(request, deal, stages)
    return _move(request, deal, form)


def _choose_stage(request: HttpRequest, deal: Deal, stages: list[Stage]) -> HttpResponse:
    ids = [stage.pk for stage in stages]
    following = ids[(ids.index(deal.stage_id) + 1) % len(ids)]
    context = {
        "title": _("Move to stage"), "deal": deal, "stages": stages, "following": following, "back_url": _page_of(deal),
    }  # fmt: skip
    return render_dialog(request, "crm/deal_move.html", context)


def _close(request: HttpRequest, deal: Deal, move: MoveForm) -> HttpResponse:
    """Ask what winning or losing has to know, then move. A card dropped on Won or Lost comes by here, too."""
    is_won = move.chosen.kind == Stage.Kind.WON
    data = request.POST if request.method == "POST" and ("amount" in request.POST or "other" in request.POST) else None
    form: WonForm | LostForm = WonForm(data, initial=_sale(deal)) if is_won else LostForm(data, usual=_reasons(request))
    if data is not None and form.is_valid():
        if isinstance(form, LostForm):
            return _move(request, deal, move, lost_reason=form.words)
        return _move(request, deal, move, **form.cleaned_data)
    words = {"title": deal.title}
    context = {
        "title": _("Win “%(title)s”") % words if is_won else _("Lose “%(title)s”") % words,
        "submit": _("Mark as won") if is_won else _("Mark as lost"),
        "form": form,
        "move": move.cleaned_data,
        "currency": deal.currency,
        "deal": deal,
        "back_url": _page_of(deal),
    }
    return render_dialog(request, "crm/deal_close.html", context, status=422 if form.errors else 200)


def _sale(deal: Deal) -> dict[str, Any]:
    return {"amount": deal.amount, "closed_on": timezone.localdate()}


def _reasons(request: HttpRequest) -> list[str]:
    return usual_reasons(signed_in(request))


def _move(request: HttpRequest, deal: Deal, form: MoveForm, **closing: Any) -> HttpResponse:
    user, old = signed_in(request), deal.stage
    asked = form.cleaned_data
    try:
        moved = move_deal(
            deal=deal, stage=form.chosen, actor=user, version=asked["version"],
            before=_neighbour(user, asked["before"]), after=_neighbour(user, asked["after"]), **closing,
        )  # fmt: skip
    except EditConflictError as conflict:
        return _conflict(request, conflict)
    return _moved(request, moved, old)


def _neighbour(user: User, pk: int | None) -> Deal | None:
    return Deal.objects.visible_to(user).filter(pk=pk).first() if pk else None


def _conflict(request: HttpRequest, conflict: EditConflictError) -> HttpResponse:
    """Nothing was moved: the board shows how things stand, and says so."""
    words = _("Somebody else changed this deal meanwhile. The board shows it as it is now.")
    if not is_htmx(request):
        return leave(request, reverse("crm:deal-board"), words)
    response = HttpResponse(status=409)
    trigger_client_event(response, "toast", {"text": words, "level": "warning"})
    return trigger_client_event(response, "board-stale", {})


def _moved(request: HttpRequest, deal: Deal, old: Stage) -> HttpResponse:
    """What changes on the page that asked: the card and the heads of two columns, or all of a record page."""
    words = _("“%(title)s” is now in %(stage)s.") % {"title": deal.title, "stage": deal.stage.name}
    origin = urlsplit(request.headers.get("HX-Current-URL", ""))
    if not is_htmx(request) or origin.path != reverse("crm:deal-board"):
        return leave(request, _page_of(deal), words)
    is_dragged = "before" in request.POST or "after" in request.POST
    response = HttpResponse(_board_changes(request, deal, old, QueryDict(origin.query), is_dragged=is_dragged))
    if old.pk != deal.stage_id and not (is_dragged and deal.stage.kind == Stage.Kind.OPEN):
        undo = reverse("crm:deal-undo-move", args=[deal.pk])
        trigger_client_event(response, "toast", {"text": words, "level": "success", "undo_url": undo})
    trigger_client_event(response, "dialog-close", {}, after="settle")
    response["HX-Reswap"] = "none"  # the dialog that asked is closed, not filled
    return private(trigger_client_event(response, "card-moved", {"card": deal.pk}, after="settle"))


def _board_changes(request: HttpRequest, deal: Deal, old: Stage, query: QueryDict, *, is_dragged: bool) -> str:
    """Heads and card as pieces to be swapped, as far as the board that is looked at shows them."""
    user = signed_in(request)
    views = saved_views("deal", user) if query.get("view") else []
    state = read_state(user, query, views)
    deals = rows_of(DEALS, user, state)
    pipeline = _shown_pipeline(query)
    here = {s.pk: s for s in (old, deal.stage) if s.kind == Stage.Kind.OPEN and s.pipeline_id == pipeline}
    totals = stage_totals(summable(deals, user, state), here.values())
    context = {
        "heads": [(stage, totals.get(stage.pk, Totals())) for stage in here.values()],
        "card": one_card(deals, deal.pk, user=user) if deal.stage_id in here else None,
        "deal": deal,
        "was_here": old.pk in here,
        "is_dragged": is_dragged,
        "currency": current_workspace().currency,
        "can_sell": True,
    }
    return render_to_string(f"{TEMPLATE}#moved", context, request)


def _shown_pipeline(query: QueryDict) -> int | None:
    ids = list(dict.fromkeys(stage.pipeline_id for stage in all_stages()))
    asked = query.get("pipeline", "")
    return next((pk for pk in ids if str(pk) == asked), ids[0] if ids else None)


@require_POST
@needs(Can.SELL)
def deal_undo_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Take back the move that a toast told of."""
    user = signed_in(request)
    deal = get_deal(user, pk)
    old = deal.stage
    try:
        back = undo_move(deal=deal, actor=user)
    except (NothingToUndoError, EditConflictError) as error:
        response = done(request, _page_of(deal), event="board-stale")
        return trigger_client_event(response, "toast", {"text": str(error), "level": "warning"})
    return _moved(request, back, old)


def _page_of(deal: Deal) -> str:
    return reverse("crm:deal-detail", args=[deal.pk])
