"""Blocks follow what their dashboard is narrowed to, as far as their rows allow; the rest they say in words."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.test import Client

from analytics.models import Score, TileKind
from analytics.queries.boards.blocks import SECONDS, read_block
from analytics.queries.boards.narrowing import Narrowing
from analytics.queries.boards.tiles import TileView, tile_views
from analytics.queries.time_limit import TooSlowError
from analytics.ready_boards import TilePlace
from crm.extensions import dashboard_tiles, filter_fields, report_sources
from crm.models import Person, User
from inbox.models import Rating
from tests.factories import NOW, make_person
from tests.inbox.test_receive_message import receive
from tests.pages import html

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]
IN_GENT: dict[str, Any] = {"all": [{"field": "city", "op": "is", "value": "Gent"}]}


def block(key: str, user: User, narrowing: Narrowing, owners: list[int] | None = None) -> TileView:
    return tile_views([(1, TilePlace(TileKind.BLOCK, key))], user, narrowing, owners)[0]


def sent_filter(view: TileView) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(parse_qs(urlsplit(view.url).query)["filter"][0])
    return found


def at_risk(**fields: Any) -> Person:
    person = make_person(**fields)
    score = {"task": "churn", "value": 0.9, "band": "high", "stake": 100.0, "horizon_days": 90}
    Score.objects.create(person=person, as_of=NOW.date(), **score)
    return person


def answer(person: Person, value: int, *, days_ago: int = 1, comment: str = "") -> None:
    at = NOW - timedelta(days=days_ago)
    Rating.objects.create(kind="csat", person=person, value=value, comment=comment, asked_at=at, answered_at=at)


def test_every_target_that_a_block_follows_can_be_filtered_by() -> None:
    for tile in dashboard_tiles:
        assert all(report_sources.get(target) for target in tile.follows), tile.key
        assert all(any(field.target == target for field in filter_fields) for target in tile.follows), tile.key


def test_a_block_is_given_the_filters_that_it_follows_and_names_the_others(owner: User) -> None:
    narrowing = Narrowing("30d", filters={"person": IN_GENT, "deal": {"all": [{"field": "title", "op": "is_set"}]}})
    view = block("leavers", owner, narrowing)
    assert sent_filter(view) == {"person": IN_GENT}
    assert view.notes == ["Does not follow the period.", "Does not follow the filter: that is about Deals."]


def test_whose_records_becomes_a_rule_beside_the_filter(owner: User) -> None:
    [both] = [sent_filter(block("leavers", owner, Narrowing(filters={"person": IN_GENT}), [owner.pk]))["person"]]
    assert both["all"] == [{"field": "owner", "op": "is", "value": owner.pk}, *IN_GENT["all"]]
    assert sent_filter(block("rising", owner, Narrowing(whose="me"), [owner.pk])).keys() == {"person"}


def test_only_blocks_with_a_period_of_their_own_are_given_one(owner: User) -> None:
    assert block("happy", owner, Narrowing("month")).url == "/insights/happy?from=2026-06-01&to=2026-06-15"
    assert block("rising", owner, Narrowing("month")).url == "/insights/rising"
    assert block("happy", owner, Narrowing()).url == "/insights/happy"


def test_the_filter_dialog_offers_what_blocks_follow(as_owner: Client) -> None:
    assert "of=person" in html(as_owner.get("/boards/filter?ready=owner"))


def test_customers_at_risk_follow_filter_and_owner(as_owner: Client, owner: User, sales: User) -> None:
    at_risk(name="Ann Near", city="Gent", owner=owner)
    at_risk(name="Bob Far", city="Lyon", owner=owner)
    at_risk(name="Cas Near", city="Gent", owner=sales)
    narrowing = Narrowing(filters={"person": IN_GENT})
    words = html(as_owner.get(block("leavers", owner, narrowing).url))
    assert [name in words for name in ("Ann Near", "Bob Far", "Cas Near")] == [True, False, True]
    words = html(as_owner.get(block("leavers", owner, narrowing, [owner.pk]).url))
    assert [name in words for name in ("Ann Near", "Bob Far", "Cas Near")] == [True, False, False]
    nobody = html(as_owner.get(block("leavers", owner, narrowing, []).url))
    assert "Nobody whom you see is at risk now." in nobody


def test_a_narrowed_block_still_shows_only_what_its_reader_sees(client: Client, stranger: User, owner: User) -> None:
    at_risk(name="Ann Near", city="Gent", owner=owner)
    answer(make_person(name="Dot Cross", city="Gent", owner=owner), 1)
    client.force_login(stranger)
    for key in ("leavers", "happy", "rising"):
        words = html(client.get(block(key, stranger, Narrowing(filters={"person": IN_GENT})).url))
        assert "Near" not in words, key
        assert "Cross" not in words, key


def test_happiness_is_counted_anew_for_what_is_narrowed(as_owner: Client, owner: User) -> None:
    near = [make_person(name=f"Near {number}", city="Gent") for number in range(12)]
    for number, person in enumerate(near):
        answer(person, 1 if number == 0 else 5)
    for number in range(12):
        answer(make_person(name=f"Far {number}", city="Lyon"), 1)
    words = html(as_owner.get(block("happy", owner, Narrowing(filters={"person": IN_GENT})).url))
    assert "92" in words  # 11 of 12
    assert "in the last 30 days" in words
    assert "Near 0" in words
    assert "Far" not in words


def test_happiness_follows_the_period(as_owner: Client, owner: User) -> None:
    answer(make_person(name="Of June"), 1, days_ago=3)
    answer(make_person(name="Of May"), 1, days_ago=20)
    words = html(as_owner.get(block("happy", owner, Narrowing("month")).url))
    assert ("Of June" in words, "Of May" in words) == (True, False)
    words = html(as_owner.get(block("happy", owner, Narrowing("last_month")).url))
    assert ("Of June" in words, "Of May" in words) == (False, True)
    empty = html(as_owner.get("/insights/happy?from=2020-01-01&to=2020-01-31"))
    assert "Nobody has answered here in this time." in empty


def test_happiness_follows_conversations(as_owner: Client, owner: User) -> None:
    ours = receive(from_address="ann@mail.example", from_name="Ann").conversation
    ours.assignee = owner
    ours.save()
    assert ours.person is not None
    Rating.objects.create(kind="csat", person=ours.person, conversation=ours, value=1, answered_at=NOW)
    answer(make_person(name="Far"), 1)
    mine = {"all": [{"field": "assignee", "op": "is", "value": owner.pk}]}
    words = html(as_owner.get(block("happy", owner, Narrowing(filters={"conversation": mine})).url))
    assert "Ann" in words
    assert "Far" not in words


def test_what_can_not_be_counted_in_time_says_so(as_owner: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def slow(*_args: Any) -> None:
        raise TooSlowError

    monkeypatch.setattr("analytics.queries.happy._narrowed_signs", slow)
    answer(make_person(name="Of June"), 1)
    words = html(as_owner.get("/insights/happy?from=2026-01-01&to=2026-06-20"))
    assert "Choose a shorter period or a narrower filter." in words
    assert "Of June" in words  # what was found in time stays


@pytest.mark.parametrize("key", ["leavers", "rising", "happy"])
def test_a_filter_that_takes_too_long_is_given_up_and_is_not_nobody(
    key: str, as_owner: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_risk(name="Ann Near", city="Gent", owner=owner)
    asked: list[float | None] = []

    @contextmanager
    def never(seconds: float | None) -> Iterator[None]:
        asked.append(seconds)
        if seconds is not None:
            raise TooSlowError
        yield

    for module in ("risk", "rising", "happy"):
        monkeypatch.setattr(f"analytics.queries.{module}.at_most", never)
    words = html(as_owner.get(block(key, owner, Narrowing(filters={"person": IN_GENT})).url))
    assert "This takes too long to count. Choose a shorter period or a narrower filter." in words
    assert not any(nobody in words for nobody in ("Nobody", "Nothing stands out"))
    assert "too long" not in html(as_owner.get(block(key, owner, Narrowing()).url))
    assert asked == [SECONDS, None]


@pytest.mark.parametrize("text", ["x", "[]", '{"person":7}', '{"person":{"all":[{"field":"no","op":"is"}]}}'])
def test_a_filter_that_can_not_be_read_is_said_on_the_block(as_owner: Client, text: str) -> None:
    assert read_block({"filter": text}, ("person",)).error
    for url in ("/insights/happy", "/insights/leavers/tile", "/insights/rising"):
        answered = as_owner.get(url, {"filter": text})
        assert answered.status_code == 200
        assert "narrowed" in html(answered), url


def test_targets_that_a_block_does_not_follow_are_not_read() -> None:
    found = read_block({"filter": '{"deal":{"all":[]},"person":{"all":[]}}', "from": "2026-01-01"}, ("person",))
    assert found.filters.keys() == {"person"}
    assert found.days is None
