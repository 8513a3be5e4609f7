"""What a whole dashboard is narrowed to, on its page."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from django.test import Client

from analytics.models import Board, TileKind
from analytics.operations.boards import create_board, update_board
from analytics.ready_boards import READY_BOARDS, TilePlace
from crm.models import Role, Scope, User
from tests.factories import make_deal, make_order, make_person, make_user
from tests.pages import page, part

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]
DEALS = {"deal": {"all": [{"field": "amount", "op": "at_least", "value": 100}]}}


@pytest.fixture
def board(owner: User) -> Board:
    return create_board(actor=owner, name="Mornings", tiles=READY_BOARDS["owner"].tiles)


def test_the_period_and_the_owner_stand_in_the_address_and_reach_the_tiles(as_owner: Client, board: Board) -> None:
    words = part(as_owner, f"/boards/{board.pk}?period=last_month&whose=me")
    assert "<html" not in words
    assert "/insights/numbers/revenue?by=month&amp;on=2026-05-31" in words
    assert "from=2026-05-01&amp;to=2026-05-31" in words
    assert "person_owner" in words
    assert "Does not follow the choice of owner" in words
    assert "Show everything" in words
    assert "Show everything" not in page(as_owner, f"/boards/{board.pk}")


def test_days_are_asked_for_once_they_are_wanted(as_owner: Client, board: Board) -> None:
    assert 'name="from"' not in page(as_owner, f"/boards/{board.pk}")
    words = page(as_owner, f"/boards/{board.pk}?period=custom&from=2026-01-01&to=2026-02-28")
    assert 'value="2026-01-01"' in words
    assert "the month in which the period ends" in words


def test_nonsense_in_the_address_is_harmless(as_owner: Client, board: Board) -> None:
    page(as_owner, f"/boards/{board.pk}?period=soon&whose=user-x&from=9999-99-99&to=x&arrange=")
    words = page(as_owner, f"/boards/{board.pk}?filter=nonsense")
    assert "can&#x27;t be read" in words
    broken = json.dumps({"deal": {"all": [{"field": "gone", "op": "is", "value": 1}]}})
    assert "chip--broken" in page(as_owner, f"/boards/{board.pk}?{urlencode({'filter': broken})}")


def test_a_filter_is_built_step_by_step_and_taken_away(as_owner: Client, board: Board) -> None:
    start = page(as_owner, f"/boards/filter?board={board.pk}&period=month")
    assert "What is the filter about?" in start
    assert "of=deal" in start
    assert "of=task" not in start  # nothing here counts them
    field = page(as_owner, f"/boards/filter?board={board.pk}&period=month&of=deal")
    assert 'name="field"' in field
    asked: dict[str, Any] = {"board": board.pk, "period": "month", "of": "deal", "field": "amount", "op": "at_least"}
    assert 'name="value"' in part(as_owner, f"/boards/filter?{urlencode({**asked, 'ask': 1})}")
    assert as_owner.get("/boards/filter", {**asked, "value": "x", "apply": 1}).status_code == 422
    answer = as_owner.get("/boards/filter", {**asked, "value": "100", "apply": 1})
    words = page(as_owner, answer["Location"])
    assert "Deals: Amount is at least 100" in words
    assert "Does not follow the filter: that is about Deals." in words
    assert "period=month" in answer["Location"]
    remove = words.split('class="chip chip--on')[1].split('<a href="')[2].split('"')[0]
    assert remove == f"/boards/{board.pk}?period=month"


def test_ready_dashboards_are_filtered_too(as_owner: Client) -> None:
    asked: dict[str, Any] = {
        "ready": "sales",
        "of": "deal",
        "field": "amount",
        "op": "at_least",
        "value": "100",
        "apply": 1,
    }
    answer = as_owner.get("/boards/filter", asked)
    assert answer["Location"].startswith("/boards/ready/sales?")
    assert "Deals: Amount is at least 100" in page(as_owner, answer["Location"])


def test_a_dashboard_without_reports_says_that_nothing_follows(as_owner: Client, owner: User) -> None:
    board = create_board(actor=owner, name="Numbers", tiles=[TilePlace(TileKind.NUMBER, "revenue")])
    assert "Only reports follow a filter" in page(as_owner, f"/boards/filter?board={board.pk}")


def test_what_is_filtered_can_be_kept(as_owner: Client, board: Board) -> None:
    url = f"/boards/{board.pk}"
    state = {"period": "quarter", "whose": "me", "filter": json.dumps(DEALS)}
    assert "Open it like this" in page(as_owner, f"{url}?{urlencode(state)}")
    as_owner.post(f"{url}/keep", state)
    words = page(as_owner, url)
    assert "Deals: Amount is at least 100" in words
    assert '<option value="quarter" selected>' in words
    assert "Open it like this" not in words
    assert '<option value="own" selected>' in page(as_owner, f"{url}?period=own")
    answer = as_owner.post(f"{url}/keep", {"filter": "nonsense"}, follow=True)
    assert "can&#x27;t be read" in answer.content.decode()
    gone = json.dumps({"deal": {"all": [{"field": "gone"}]}})
    answer = as_owner.post(f"{url}/keep", {"filter": gone}, follow=True)
    assert "There is no field" in answer.content.decode()
    as_owner.post(f"{url}/keep", {"period": "own"})
    assert "Show everything" not in page(as_owner, url)


def test_my_records_are_the_readers_own(client: Client, owner: User, board: Board, sales: User) -> None:
    update_board(board=board, actor=owner, shared_with="all", narrowing={"period": "own", "whose": "me"})
    client.force_login(sales)
    assert f"value%22%3A{sales.pk}" in page(client, f"/boards/{board.pk}").replace("+", "")


def test_filtered_figures_are_still_those_that_the_reader_may_see(client: Client, owner: User) -> None:
    make_deal(title="Mine", owner=owner, amount=500)
    reader = make_user(Role.SALES, Scope.OWN)
    client.force_login(reader)
    words = page(client, f"/boards/ready/sales?whose=user-{owner.pk}")
    [url] = [line.split('"')[0] for line in words.split('hx-get="')[1:] if "/ready/pipeline/" in line.split('"')[0]]
    assert "Nothing to show" in page(client, url.replace("&amp;", "&"))


def test_a_short_period_has_short_steps(as_owner: Client) -> None:
    make_order(make_person(), total="120", days_ago=1)
    words = page(as_owner, "/reports/ready/revenue/figures?from=2026-06-01&to=2026-06-15&unit=day")
    assert "Jun 14" in words
    assert "Jun 14" not in page(as_owner, "/reports/ready/revenue/figures?from=2026-06-01&to=2026-06-15&unit=nonsense")
