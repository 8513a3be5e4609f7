"""The deals board: columns, sums, cards, and every way of moving a card."""

from __future__ import annotations

import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from crm.models import Deal, Event, Pipeline, Stage, StageChange, User
from crm.operations.deals import move_deal, update_deal
from crm.queries import deal_board as query
from crm.queries.deal_board import Board, deal_board, more_cards, next_step
from crm.queries.deal_sums import summable
from crm.queries.list_state import ListState
from tests.factories import make_company, make_deal, make_person, make_stage, make_task
from tests.pages import weight

pytestmark = pytest.mark.django_db

BOARD = "http://testserver/deals"
HTMX = {"HX-Request": "true", "HX-Current-URL": BOARD}


@pytest.fixture
def page(client: Client, sales: User) -> Client:
    client.force_login(sales)
    return client


def shown(user: User, **options: Any) -> Board:
    deals = Deal.objects.visible_to(user)
    return deal_board(deals, sums=summable(deals, user, ListState()), user=user, currency="EUR", **options)


def titles(board: Board) -> dict[str, list[str]]:
    return {column.stage.name: [card.title for card in column.cards] for column in board.columns if column.cards}


def move(client: Client, deal: Deal, stage: str, **data: Any) -> Any:
    return client.post(reverse("crm:deal-move", args=[deal.pk]), {"stage": make_stage(stage).pk, **data}, headers=HTMX)


# --- what it shows --------------------------------------------------------------------------------------------------


def test_open_stages_are_columns_with_their_cards_from_the_top(sales: User) -> None:
    make_deal(title="below")
    make_deal(title="above")
    make_deal(title="talked", stage=make_stage("Talked"))
    make_deal(title="won", stage=make_stage("Won"))
    board = shown(sales)
    assert [column.stage.name for column in board.columns] == ["New", "Talked", "Offer sent", "Negotiating", "Decision"]
    assert titles(board) == {"New": ["above", "below"], "Talked": ["talked"]}
    assert [stage.name for stage in board.closing] == ["Won", "Lost"]


def test_sums_are_in_workspace_currency_by_own_estimate_or_the_stages_chance(sales: User) -> None:
    make_deal(amount=Decimal(1000), probability=50)
    make_deal(amount=Decimal(1000))  # a new deal is won in 10 of 100 cases
    make_deal(amount=Decimal(100), currency="USD", rate=Decimal("0.9"), probability=0)
    totals = shown(sales).columns[0].totals
    assert (totals.count, totals.total, totals.weighted) == (3, Decimal(2090), Decimal(600))


def test_sums_are_of_all_cards_and_not_only_of_those_shown(sales: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(query, "CARDS", 2)
    for _number in range(5):
        make_deal(amount=Decimal(10))
    column = shown(sales).columns[0]
    assert (len(column.cards), column.totals.total, column.left) == (2, Decimal(50), 3)


@pytest.mark.parametrize("shares_position", [False, True])
def test_show_more_goes_on_where_the_column_ends(
    sales: User, monkeypatch: pytest.MonkeyPatch, shares_position: bool
) -> None:
    monkeypatch.setattr(query, "CARDS", 2)
    monkeypatch.setattr(query, "MORE_CARDS", 3)
    for number in range(7):
        make_deal(title=str(number))
    if shares_position:
        Deal.objects.update(position=0)
    column = shown(sales).columns[0]
    seen = [card.title for card in column.cards]
    after = column.after
    while after:
        cards, after = more_cards(Deal.objects.visible_to(sales), column.stage, after, user=sales)
        seen += [card.title for card in cards]
    assert seen == [str(number) for number in (range(7) if shares_position else reversed(range(7)))]


@pytest.mark.parametrize("after", ["x", "1_x", "_", "nan_1", "1e999_1", f"0_{'9' * 40}"])
def test_a_broken_cursor_breaks_nothing(page: Client, after: str) -> None:
    deal = make_deal()
    response = page.get(reverse("crm:deal-board"), {"stage": str(deal.stage_id), "after": after}, headers=HTMX)
    assert response.status_code == 200


@pytest.mark.parametrize("number", [1, 40])
def test_three_queries_make_the_board_for_any_number_of_deals(sales: User, number: int) -> None:
    for _number in range(number):
        make_task(deal=make_deal(person=make_person(), company=make_company(), owner=sales))
    with CaptureQueriesContext(
        connection,
    ) as queries:
        shown(sales)
    assert len(queries) == 3


def test_a_full_board_is_a_small_page_in_ten_queries(page: Client, sales: User) -> None:
    for stage in Stage.objects.filter(pipeline=make_stage().pipeline, kind=Stage.Kind.OPEN):
        for number in range(25):
            title = f"Office furniture for floor {number}"
            make_deal(title=title, stage=stage, amount=Decimal(12_500), owner=sales, company=make_company())
    with CaptureQueriesContext(connection) as queries:
        response = page.get(reverse("crm:deal-board"))
    assert len(queries) <= 10
    assert weight(response) <= 80_000


def test_a_card_says_when_its_next_task_is_due(sales: User) -> None:
    today = timezone.localdate()
    for days in (-2, 0, 5):
        make_task(deal=make_deal(title=str(days)), due_on=today + timedelta(days=days))
    two = make_deal(title="two")
    make_task(deal=two, due_on=today + timedelta(days=9))
    make_task(deal=two, due_on=today)
    make_task(deal=make_deal(title="undated"))
    make_deal(title="none")
    tones = {card.title: card.step.tone for card in shown(sales).columns[0].cards}
    assert tones == {"-2": "late", "0": "today", "5": "later", "two": "today", "undated": "later", "none": "none"}


def test_the_step_is_said_in_words_too() -> None:
    today = timezone.localdate()
    assert next_step(None, has_task=False, today=today).words == "No next step"
    assert next_step(today - timedelta(days=2), has_task=True, today=today).words == "2 days late"


def test_a_deal_on_which_nothing_happens_goes_stale_and_a_note_wakes_it(sales: User) -> None:
    deal = make_deal()
    long_ago = timezone.now() - timedelta(days=deal.stage.rot_days + 1)
    Deal.objects.update(stage_entered_at=long_ago)
    Event.objects.update(at=long_ago)
    [card] = shown(sales).columns[0].cards
    assert (card.is_stale, card.rests) == (True, "Idle 15 days")
    make_task(deal=deal)
    [card] = shown(sales).columns[0].cards
    assert (card.is_stale, card.rests) == (False, "15 days")


def test_each_pipeline_has_a_tab_and_its_own_columns(page: Client) -> None:
    make_deal(title="in sales")
    rent = Pipeline.objects.create(name="Rent", position=1)
    stage = Stage.objects.create(pipeline=rent, name="Asked")
    make_deal(title="to rent", stage=stage)
    url = reverse("crm:deal-board")
    body = page.get(url, {"pipeline": rent.pk}).content.decode()
    assert "to rent" in body
    assert "in sales" not in body
    assert f"?pipeline={rent.pk}" in page.get(url).content.decode()


def test_a_board_without_deals_says_what_a_deal_is(page: Client) -> None:
    make_stage()
    answer = page.get(reverse("crm:deal-board")).content.decode()
    assert "A deal is something you may sell" in answer
    assert reverse("crm:deal-create") in answer[answer.index('id="board"') :]


def test_search_and_views_narrow_cards_and_sums(page: Client, sales: User) -> None:
    make_deal(title="Garden chairs", amount=Decimal(100), owner=sales)
    make_deal(title="Office chairs", amount=Decimal(700))
    url = reverse("crm:deal-board")
    found = page.get(url, {"q": "garden"}, headers=HTMX).content.decode()
    assert "Garden" in found
    assert "Office" not in found
    assert "€100" in found
    assert "Office" not in page.get(url, {"view": "mine"}).content.decode()


def test_a_broken_filter_is_told_and_shows_nothing(page: Client) -> None:
    make_deal(title="Garden chairs")
    body = page.get(reverse("crm:deal-board"), {"filter": '{"all":[{"field":"colour","op":"is"}]}'}).content.decode()
    assert "no field “colour”" in body
    assert "Garden" not in body


def test_text_of_users_is_escaped(page: Client) -> None:
    make_deal(title="<script>alert(1)</script>", person=make_person(name="<b>Ann</b>"))
    body = page.get(reverse("crm:deal-board")).content.decode()
    assert "<script>alert(1)" not in body
    assert "<b>Ann" not in body


def test_a_board_without_stages_says_what_to_do(page: Client) -> None:
    assert "No stages yet" in page.get(reverse("crm:deal-board")).content.decode()


def test_a_stranger_sees_no_deal_of_others(client: Client, stranger: User) -> None:
    make_deal(title="Secret", amount=Decimal(777))
    make_deal(title="Own", owner=stranger)
    client.force_login(stranger)
    body = client.get(reverse("crm:deal-board")).content.decode()
    assert "Own" in body
    assert "Secret" not in body
    assert "777" not in body


def test_who_may_only_read_sees_the_board_without_handles(client: Client, readonly: User) -> None:
    deal = make_deal(title="Garden chairs")
    client.force_login(readonly)
    body = client.get(reverse("crm:deal-board")).content.decode()
    assert "Garden chairs" in body
    assert "data-board" not in body
    assert reverse("crm:deal-move", args=[deal.pk]) not in body


# --- moving ---------------------------------------------------------------------------------------------------------


def test_a_dropped_card_answers_with_both_heads_and_itself(page: Client) -> None:
    deal = make_deal(amount=Decimal(100))
    response = move(page, deal, "Talked", before="", after="", version=1)
    body = response.content.decode()
    assert Deal.objects.get().stage.name == "Talked"
    for stage, total in ((deal.stage, "€0"), (make_stage("Talked"), "€100")):
        assert f'id="head-{stage.pk}" hx-swap-oob="true"' in body
        assert total in body
    assert f'id="deal-{deal.pk}" data-version="2" hx-swap-oob="true"' in body


def test_a_dropped_card_goes_between_its_neighbours(page: Client) -> None:
    c, b, a = (make_deal(title=title) for title in "CBA")
    moved = make_deal(title="X", stage=make_stage("Talked"))
    move(page, moved, "New", before=b.pk, after=a.pk, version=1)
    assert list(a.stage.deals.order_by("position").values_list("title", flat=True)) == ["A", "X", "B", "C"]
    assert c.stage_id == a.stage_id


def test_a_move_by_the_menu_takes_the_card_over_and_offers_undo(page: Client) -> None:
    deal = make_deal()
    response = move(page, deal, "Talked", version=1)
    body = response.content.decode()
    assert f'<div id="deal-{deal.pk}" hx-swap-oob="delete">' in body
    assert f'hx-swap-oob="afterbegin:#cards-{make_stage("Talked").pk}"' in body
    undo = json.loads(response["HX-Trigger"])["toast"]["undo_url"]
    page.post(undo, headers=HTMX)
    assert Deal.objects.get().stage.name == "New"


def test_sums_after_a_move_keep_the_search_of_the_board(page: Client) -> None:
    deal = make_deal(title="Garden chairs", amount=Decimal(100))
    make_deal(title="Office chairs", amount=Decimal(700), stage=make_stage("Talked"))
    headers = {**HTMX, "HX-Current-URL": f"{BOARD}?q=garden"}
    data = {"stage": make_stage("Talked").pk}
    body = page.post(reverse("crm:deal-move", args=[deal.pk]), data, headers=headers).content.decode()
    assert "€100" in body
    assert "€800" not in body


def test_a_card_that_somebody_changed_meanwhile_stays_and_the_board_is_fetched(page: Client, manager: User) -> None:
    deal = make_deal()
    update_deal(deal=deal, actor=manager, title="Other")
    response = move(page, deal, "Talked", before="", after="", version=1)
    assert response.status_code == 409
    assert "board-stale" in response["HX-Trigger"]
    assert Deal.objects.get().stage.name == "New"


def test_without_scripts_a_move_leads_to_the_deal(page: Client) -> None:
    deal = make_deal()
    response = page.post(reverse("crm:deal-move", args=[deal.pk]), {"stage": make_stage("Talked").pk})
    assert response.headers["Location"] == reverse("crm:deal-detail", args=[deal.pk])


def test_the_menu_offers_every_stage_but_the_present_one(page: Client) -> None:
    deal = make_deal()
    body = page.get(reverse("crm:deal-move", args=[deal.pk]), headers=HTMX).content.decode()
    for stage in Stage.objects.all():
        assert f'value="{stage.pk}"' in body
    assert "here now" in body


def test_losing_asks_for_a_reason_and_keeps_it(page: Client) -> None:
    deal = make_deal(amount=Decimal(100))
    asked = move(page, deal, "Lost", version=1)
    assert asked.status_code == 200
    assert "Why was it lost?" in asked.content.decode()
    assert Deal.objects.get().stage.name == "New"
    assert move(page, deal, "Lost", version=1, reason="", other="").status_code == 422
    assert move(page, deal, "Lost", version=1, reason="other", other=" ").status_code == 422
    response = move(page, deal, "Lost", version=1, reason="other", other="Moved to Spain")
    assert Deal.objects.get().lost_reason == "Moved to Spain"
    assert f'id="deal-{deal.pk}" hx-swap-oob="delete"' in response.content.decode()


def test_frequent_reasons_are_offered_first(page: Client) -> None:
    for reason in ("Too slow", "Too slow", "Too far"):
        move_deal(deal=make_deal(), stage=make_stage("Lost"), actor=None, lost_reason=reason)
    body = move(page, make_deal(), "Lost").content.decode()
    assert body.index("Too slow") < body.index("Too far") < body.index("Too expensive")


def test_winning_asks_for_amount_and_day(page: Client) -> None:
    deal = make_deal(amount=Decimal(100))
    assert 'name="amount"' in move(page, deal, "Won", version=1).content.decode()
    tomorrow = timezone.localdate() + timedelta(days=1)
    assert move(page, deal, "Won", version=1, amount="90", closed_on=str(tomorrow)).status_code == 422
    assert move(page, deal, "Won", version=1, amount="-1", closed_on=str(timezone.localdate())).status_code == 422
    yesterday = timezone.localdate() - timedelta(days=1)
    move(page, deal, "Won", version=1, amount="90.50", closed_on=str(yesterday))
    deal.refresh_from_db()
    assert deal.closed_at is not None
    assert (deal.stage.name, deal.amount, timezone.localdate(deal.closed_at)) == ("Won", Decimal("90.5"), yesterday)


def test_a_lost_deal_comes_back_by_undo(page: Client) -> None:
    deal = make_deal()
    response = move(page, deal, "Lost", reason="other", other="Slip")
    back = page.post(json.loads(response["HX-Trigger"])["toast"]["undo_url"], headers=HTMX).content.decode()
    assert Deal.objects.get().stage.name == "New"
    assert f'hx-swap-oob="afterbegin:#cards-{deal.stage_id}"' in back
    assert 'hx-swap-oob="delete"' not in back


def test_undo_after_somebody_else_moved_it_says_so(page: Client, manager: User) -> None:
    deal = make_deal()
    response = move(page, deal, "Talked")
    move_deal(deal=deal, stage=make_stage("Decision"), actor=manager)
    late = page.post(json.loads(response["HX-Trigger"])["toast"]["undo_url"], headers=HTMX)
    assert "has been moved again since" in late["HX-Trigger"]
    assert Deal.objects.get().stage.name == "Decision"


@pytest.mark.parametrize("stage", ["0", "x", "99999999999999999999"])
def test_there_is_no_way_to_a_stage_that_is_not_there(page: Client, stage: str) -> None:
    deal = make_deal()
    assert page.post(reverse("crm:deal-move", args=[deal.pk]), {"stage": stage}).status_code == 404


@pytest.mark.parametrize("act", ["deal-move", "deal-undo-move"])
def test_a_stranger_moves_nothing(client: Client, stranger: User, act: str) -> None:
    deal = make_deal()
    client.force_login(stranger)
    response = client.post(reverse(f"crm:{act}", args=[deal.pk]), {"stage": make_stage("Talked").pk}, headers=HTMX)
    assert response.status_code == 404
    assert StageChange.objects.count() == 1


@pytest.mark.parametrize("act", ["deal-move", "deal-undo-move"])
@pytest.mark.parametrize("who", ["readonly", "support"])
def test_who_does_not_sell_is_told_so(client: Client, request: pytest.FixtureRequest, who: str, act: str) -> None:
    deal = make_deal()
    client.force_login(request.getfixturevalue(who))
    response = client.post(reverse(f"crm:{act}", args=[deal.pk]), {"stage": make_stage("Talked").pk})
    assert response.status_code == 403
    assert "owner or a manager can change your role" in response.content.decode()
    assert StageChange.objects.count() == 1


def test_a_neighbour_whom_the_mover_does_not_see_counts_for_nothing(client: Client, stranger: User) -> None:
    hidden = make_deal(stage=make_stage("Talked"))
    own = make_deal(owner=stranger)
    client.force_login(stranger)
    assert move(client, own, "Talked", before=hidden.pk).status_code == 200
    own.refresh_from_db()
    assert own.position < hidden.position
