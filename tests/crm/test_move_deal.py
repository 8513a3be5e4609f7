"""Moving deals over the board: order, stages, reasons, races, and taking a move back."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from crm.models import Deal, Event, Stage, StageChange, User
from crm.operations.deals import (
    CLOSEST,
    LostReasonMissingError,
    NothingToUndoError,
    create_deal,
    move_deal,
    undo_move,
    update_deal,
)
from crm.operations.editing import EditConflictError
from tests.factories import make_deal, make_stage

pytestmark = pytest.mark.django_db


def order(stage: Stage) -> list[str]:
    return list(stage.deals.order_by("position", "pk").values_list("title", flat=True))


@pytest.fixture
def column() -> list[Deal]:
    """Four deals A to D from the top of the first stage down."""
    return [make_deal(title=title) for title in "DCBA"][::-1]


def kinds(deal: Deal) -> list[str]:
    return list(Event.objects.filter(deal=deal).order_by("pk").values_list("kind", flat=True))


def test_a_new_deal_stands_on_top(column: list[Deal]) -> None:
    assert order(column[0].stage) == ["A", "B", "C", "D"]


def test_a_deal_goes_above_the_card_it_is_dropped_on(column: list[Deal]) -> None:
    a, b, _c, d = column
    move_deal(deal=d, stage=a.stage, before=b, actor=None)
    assert order(a.stage) == ["A", "D", "B", "C"]


def test_a_deal_goes_below_the_last_card(column: list[Deal]) -> None:
    a, *_rest, d = column
    move_deal(deal=a, stage=a.stage, after=d, actor=None)
    assert order(a.stage) == ["B", "C", "D", "A"]


def test_a_deal_goes_below_a_card_that_has_others_under_it(column: list[Deal]) -> None:
    a, b, *_rest = column
    move_deal(deal=a, stage=a.stage, after=b, actor=None)
    assert order(a.stage) == ["B", "A", "C", "D"]


def test_a_deal_dropped_where_it_stood_stays_there(column: list[Deal]) -> None:
    a, b, *_rest = column
    for _number in range(100):
        move_deal(deal=a, stage=a.stage, before=b, actor=None)
    a.refresh_from_db()
    assert order(a.stage) == ["A", "B", "C", "D"]
    assert b.position - a.position > CLOSEST


def test_cards_put_into_the_same_gap_again_and_again_keep_their_order(column: list[Deal]) -> None:
    a, b, *_rest = column
    names = [f"N{number}" for number in range(60)]
    for name in names:
        new = make_deal(title=name, stage=make_stage("Talked"))
        b.refresh_from_db()
        move_deal(deal=new, stage=a.stage, before=b, actor=None)
    assert order(a.stage) == ["A", *names, "B", "C", "D"]


def test_a_card_goes_between_two_that_share_one_position(column: list[Deal]) -> None:
    a, b, c, d = column
    Deal.objects.filter(pk__in=[a.pk, b.pk, c.pk]).update(position=5)
    a, b, c = sorted([a, b, c], key=lambda deal: deal.pk)
    b.refresh_from_db()
    move_deal(deal=d, stage=a.stage, before=b, actor=None)
    assert order(a.stage) == [a.title, "D", b.title, c.title]


def test_a_neighbour_that_has_left_the_stage_puts_the_card_on_top(column: list[Deal]) -> None:
    a, b, c, d = column
    move_deal(deal=b, stage=make_stage("Talked"), actor=None)
    b.refresh_from_db()
    move_deal(deal=d, stage=a.stage, before=b, actor=None)
    assert order(a.stage) == ["D", "A", "C"]
    assert c.stage_id == a.stage_id


def test_a_change_of_place_is_no_change_of_the_deal(column: list[Deal], sales: User) -> None:
    a, _b, _c, d = column
    moved = move_deal(deal=d, stage=a.stage, before=a, actor=sales)
    assert (moved.version, kinds(d)) == (1, ["deal.created"])
    assert StageChange.objects.filter(deal=d).count() == 1


def test_a_move_is_written_once_with_stage_actor_and_amount(sales: User) -> None:
    deal = make_deal(amount=Decimal(100))
    old, new = deal.stage, make_stage("Talked")
    moved = move_deal(deal=deal, stage=new, actor=sales, version=1)
    change = StageChange.objects.get(deal=deal, to_stage=new)
    assert (change.from_stage, change.actor, change.amount) == (old, sales, Decimal(100))
    assert moved.version == 2
    assert moved.stage_entered_at >= deal.stage_entered_at
    assert kinds(deal) == ["deal.created", "deal.stage_changed"]


def test_moving_twice_to_the_same_stage_is_one_move(sales: User) -> None:
    deal, new = make_deal(), make_stage("Talked")
    for _number in range(2):
        move_deal(deal=deal, stage=new, actor=sales)
    assert kinds(deal) == ["deal.created", "deal.stage_changed"]


def test_of_two_users_who_move_the_same_card_the_second_sees_the_first(sales: User, manager: User) -> None:
    deal = make_deal()
    move_deal(deal=deal, stage=make_stage("Talked"), actor=sales, version=1)
    with pytest.raises(EditConflictError) as raised:
        move_deal(deal=deal, stage=make_stage("Decision"), actor=manager, version=1)
    current = raised.value.current
    assert isinstance(current, Deal)
    assert current.stage.name == "Talked"
    assert Deal.objects.get().stage.name == "Talked"


def test_an_edit_meanwhile_refuses_the_move_and_changes_nothing(sales: User) -> None:
    deal = make_deal()
    update_deal(deal=deal, actor=sales, title="Other")
    with pytest.raises(EditConflictError):
        move_deal(deal=deal, stage=make_stage("Talked"), actor=sales, version=1)
    assert kinds(deal) == ["deal.created", "deal.changed"]


@pytest.mark.parametrize("reason", ["", "   "])
def test_a_deal_is_not_lost_without_a_reason(reason: str) -> None:
    deal = make_deal()
    with pytest.raises(LostReasonMissingError):
        move_deal(deal=deal, stage=make_stage("Lost"), actor=None, lost_reason=reason)
    assert Deal.objects.get().stage == deal.stage


def test_a_lost_deal_keeps_its_reason_until_it_is_reopened() -> None:
    deal = move_deal(deal=make_deal(), stage=make_stage("Lost"), actor=None, lost_reason=" Too dear ")
    assert (deal.lost_reason, deal.closed_at is not None) == ("Too dear", True)
    deal = move_deal(deal=deal, stage=make_stage("New"), actor=None)
    assert (deal.lost_reason, deal.closed_at) == ("", None)
    assert kinds(deal)[-3:] == ["deal.lost", "deal.stage_changed", "deal.reopened"]


def test_a_won_deal_takes_the_amount_and_the_day_of_the_sale() -> None:
    day = timezone.localdate() - timedelta(days=3)
    deal = make_deal(amount=Decimal(100))
    deal = move_deal(deal=deal, stage=make_stage("Won"), actor=None, amount=Decimal(90), closed_on=day)
    assert deal.closed_at is not None
    assert (deal.amount, timezone.localdate(deal.closed_at)) == (Decimal(90), day)
    assert StageChange.objects.get(deal=deal, to_stage__name="Won").amount == Decimal(90)
    assert Event.objects.get(deal=deal, kind="deal.won").data["amount"] == "90"


def test_a_sale_is_not_closed_in_the_future() -> None:
    before = timezone.now()
    deal = move_deal(deal=make_deal(), stage=make_stage("Won"), actor=None, closed_on=date(2100, 1, 1))
    assert deal.closed_at is not None
    assert before <= deal.closed_at <= timezone.now()


def test_a_deal_opened_as_won_is_closed_at_once() -> None:
    deal = create_deal(actor=None, title="Done", stage=make_stage("Won"), currency="EUR")
    assert deal.closed_at is not None


def test_a_move_can_be_taken_back(sales: User) -> None:
    deal = make_deal()
    old = deal.stage
    moved = move_deal(deal=deal, stage=make_stage("Lost"), actor=sales, lost_reason="Slip")
    back = undo_move(deal=moved, actor=sales)
    assert (back.stage, back.closed_at, back.lost_reason) == (old, None, "")
    assert StageChange.objects.filter(deal=deal).count() == 3


def test_taking_back_a_reopening_finds_the_old_reason(sales: User) -> None:
    deal = move_deal(deal=make_deal(), stage=make_stage("Lost"), actor=sales, lost_reason="Too dear")
    deal = move_deal(deal=deal, stage=make_stage("New"), actor=sales)
    assert undo_move(deal=deal, actor=sales).lost_reason == "Too dear"


def test_nobody_takes_back_what_a_colleague_moved(sales: User, manager: User) -> None:
    deal = move_deal(deal=make_deal(), stage=make_stage("Talked"), actor=sales)
    with pytest.raises(NothingToUndoError):
        undo_move(deal=deal, actor=manager)


def test_an_old_move_is_not_taken_back(sales: User) -> None:
    deal = move_deal(deal=make_deal(), stage=make_stage("Talked"), actor=sales)
    StageChange.objects.update(at=timezone.now() - timedelta(hours=2))
    with pytest.raises(NothingToUndoError):
        undo_move(deal=deal, actor=sales)
