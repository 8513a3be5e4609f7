"""Chances of deals: learned from how deals ended, known as of their day, and kept up to date."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import numpy as np
import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from analytics.loading import folder_of
from analytics.models import WIN, DealPrediction, DealScore, ModelVersion, TrainingRun
from analytics.operations import win
from analytics.operations.registry import champions
from analytics.operations.win_ledger import close_win_predictions, summarise_wins, write_win_predictions
from analytics.queries.deal_history import deal_columns, read_histories
from analytics.queries.deal_insight import deal_insight
from crm.events import due_events, handle_events
from crm.models import CustomField, Deal, DealSum, Event, User
from crm.operations.deal_sums import recount_deal_sums
from crm.operations.deals import move_deal, update_deal
from crm.operations.people import update_person
from crm.operations.work import add_note, create_task
from crm.queries.deal_board import stage_totals
from tests.factories import NOW, make_deal, make_person, make_stage

from .deal_shop import make_closed_deals
from .here import learn_here

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_runs")]


@pytest.fixture
def learned(monkeypatch: pytest.MonkeyPatch) -> ModelVersion:
    make_closed_deals()
    learn_here(monkeypatch, WIN)
    return ModelVersion.objects.get(task=WIN, state="champion")


def handle_all() -> None:
    while ids := due_events(timezone.now() + timedelta(seconds=1)):
        handle_events(ids)


def chance_of(deal: Deal) -> float:
    return DealScore.objects.get(deal=deal).value


def test_a_recommended_deal_has_the_better_chance_and_says_why(learned: ModelVersion, owner: User) -> None:
    friend, fair = make_deal(lead_source="Friend", amount=500), make_deal(lead_source="Fair", amount=500)
    handle_all()
    assert chance_of(friend) > 0.6
    assert chance_of(fair) < 0.4
    card = deal_insight(Deal.objects.select_related("stage", "person").get(pk=friend.pk), owner)
    assert (card.badge, card.tone) == ("Good chance", "good")
    assert "Came from: Friend" in [reason.words for reason in card.reasons if reason.raises]
    assert "learned from 160 deals" in card.trust
    assert card.step is not None


def test_without_a_signal_nothing_is_scored_and_the_card_says_so(monkeypatch: pytest.MonkeyPatch, owner: User) -> None:
    make_closed_deals(has_signal=False)
    run = learn_here(monkeypatch, WIN)
    assert run.report["tasks"][WIN]["decision"] == "no_better"
    deal = make_deal()
    handle_all()
    assert not DealScore.objects.exists()
    assert "Nothing yet tells the deals that are won from the others" in deal_insight(deal, owner).says


def test_with_few_deals_the_card_says_how_many_are_missing(monkeypatch: pytest.MonkeyPatch, owner: User) -> None:
    make_closed_deals(30)
    assert learn_here(monkeypatch, WIN).report["tasks"][WIN]["decision"] == "too_little"
    card = deal_insight(make_deal(), owner)
    assert 0 < card.have < card.needed == 50
    assert "of the 50 deals" in card.need_words


def test_no_deals_at_all_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    assert learn_here(monkeypatch, WIN).state == TrainingRun.State.DONE


def test_what_happens_later_does_not_move_what_was_known(owner: User) -> None:
    deal = make_deal(amount=Decimal(100), lead_source="Fair", person=make_person())
    with time_machine.travel(NOW + timedelta(days=3)):
        at = timezone.now()
        before = deal_columns(read_histories([deal.pk]), [(deal.pk, at)])
    with time_machine.travel(NOW + timedelta(days=9)):
        deal = update_deal(deal=deal, actor=owner, amount=Decimal(900), lead_source="Friend", owner=owner)
        deal = move_deal(deal=deal, stage=make_stage("Won"), actor=owner, amount=Decimal(5))
        add_note(actor=owner, body="late", deal=deal)
        create_task(actor=owner, title="late", deal=deal)
    after = deal_columns(read_histories([deal.pk]), [(deal.pk, at)])
    for old, new in zip(before, after, strict=True):
        assert (old.name, old.levels) == (new.name, new.levels)
        np.testing.assert_array_equal(old.values, new.values)


def test_own_fields_count_where_the_business_says_so() -> None:
    for key, feeds in (("size", True), ("secret", False)):
        CustomField.objects.create(target="deal", key=key, label=key, kind="text", feeds_models=feeds)
    deal = make_deal(custom={"size": "large", "secret": "x"})
    names = {
        column.name: column.levels for column in deal_columns(read_histories([deal.pk]), [(deal.pk, timezone.now())])
    }
    assert names["custom.size"] == ("large",)
    assert "custom.secret" not in names


def test_a_move_brings_a_new_chance_and_the_end_none(learned: ModelVersion, owner: User) -> None:
    deal = make_deal(lead_source="Fair")
    handle_all()
    before = chance_of(deal)
    update_deal(deal=Deal.objects.get(pk=deal.pk), actor=owner, lead_source="Friend")
    handle_all()
    deal.refresh_from_db()
    assert chance_of(deal) > before + 0.2
    assert deal.win_probability is not None
    assert float(deal.win_probability) == pytest.approx(100 * chance_of(deal), abs=0.01)
    assert Event.objects.get(kind="score.crossed", deal=deal).data["task"] == WIN
    move_deal(deal=deal, stage=make_stage("Won"), actor=owner)
    handle_all()
    assert Deal.objects.get(pk=deal.pk).win_probability is None
    assert not DealScore.objects.exists()


def test_one_deal_and_all_deals_get_the_same_chance(learned: ModelVersion) -> None:
    deals = [make_deal(lead_source=source, amount=100 * n) for n, source in enumerate(("Fair", "Friend", "", "New"), 1)]
    handle_all()
    alone = [chance_of(deal) for deal in deals]
    win.score_deals([deal.pk for deal in deals], champions(WIN)[WIN])
    np.testing.assert_allclose([chance_of(deal) for deal in deals], alone, atol=1e-3)


def test_people_without_profiling_are_in_no_frame_and_have_no_chance(learned: ModelVersion, owner: User) -> None:
    person = make_person()
    deal = make_deal(person=person)
    handle_all()
    assert DealScore.objects.filter(deal=deal).exists()
    update_person(person=person, actor=owner, no_profiling=True)
    handle_all()
    assert not DealScore.objects.exists()
    Deal.objects.update(person=person)
    assert len(win.deal_frame()) == 0


def test_a_model_of_other_features_does_not_serve(learned: ModelVersion, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(win, "NAMES", frozenset({"stage"}))
    with pytest.raises(Exception, match="other features"):
        win.load(WIN, folder_of(learned))


def test_the_forecast_takes_a_colleagues_word_before_the_learned_before_the_stages() -> None:
    stage = make_stage()
    make_deal(amount=100, probability=50)
    Deal.objects.update(win_probability=10)
    make_deal(amount=100)
    Deal.objects.filter(probability=None).update(win_probability=Decimal("20.5"))
    make_deal(amount=100)
    expected = Decimal(50) + Decimal("20.5") + stage.probability
    assert stage_totals([Deal.objects.all()], [stage])[stage.pk].weighted == expected
    assert stage_totals([DealSum.objects.all()], [stage])[stage.pk].weighted == expected
    recount_deal_sums()
    assert stage_totals([DealSum.objects.all()], [stage])[stage.pk].weighted == expected


def test_the_ledger_remembers_what_was_said_and_what_came_of_it(learned: ModelVersion, owner: User) -> None:
    deals = [make_deal(lead_source="Friend") for _ in range(12)]
    handle_all()
    early = NOW.date() - timedelta(days=70)
    DealPrediction.objects.all().delete()
    assert write_win_predictions(early) == 12
    assert write_win_predictions(early) == 0
    for deal in deals[:8]:
        move_deal(deal=deal, stage=make_stage("Won"), actor=owner)
    for deal in deals[8:]:
        move_deal(deal=deal, stage=make_stage("Lost"), actor=owner, lost_reason="Price")
    assert close_win_predictions() == 12
    assert close_win_predictions() == 0
    summarise_wins(NOW.date())
    track = ModelVersion.objects.get(pk=learned.pk).card["track"]
    assert (track["customers"], track["flagged"], track["came_true"]) == (12, 12, 8)
    move_deal(deal=deals[0], stage=make_stage(), actor=owner)
    close_win_predictions()
    assert DealPrediction.objects.get(deal=deals[0]).outcome is None


def test_the_card_and_the_list_are_for_those_who_see_the_deal(
    learned: ModelVersion, client: Client, sales: User, stranger: User
) -> None:
    deal = make_deal(lead_source="Friend", owner=sales)
    handle_all()
    client.force_login(stranger)
    assert client.get(f"/deals/{deal.pk}/insight").status_code == 404
    client.force_login(sales)
    page = client.get(f"/deals/{deal.pk}/insight").content.decode()
    assert "Will we win it?" in page
    assert "Came from: Friend" in page
    assert client.get("/insights/models/win").status_code == 200
    listed = client.get(
        "/deals/list", {"sort": "-chance", "filter": '{"field": "win_probability", "op": "at_least", "value": 40}'}
    )
    assert deal.title in listed.content.decode()


def test_a_closed_deal_says_that_it_is_closed(owner: User) -> None:
    deal = make_deal(stage=make_stage("Won"))
    assert "closed" in deal_insight(deal, owner).says
