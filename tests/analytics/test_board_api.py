"""Dashboards in the API: read, made, arranged and removed by programs; and in the admin."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from analytics.models import Board, ReportSpec
from analytics.operations.boards import create_board, update_board
from analytics.operations.reports import save_report
from analytics.ready_boards import READY_BOARDS
from crm.models import Event, Role, User
from tests.crm.test_api import Api
from tests.factories import make_user

pytestmark = pytest.mark.django_db
REVENUE = {"kind": "number", "key": "revenue"}
WON = {"kind": "ready", "key": "won", "width": 3}


@pytest.fixture
def board(owner: User) -> Board:
    return create_board(actor=owner, name="Mornings", tiles=READY_BOARDS["sales"].tiles)


def keys(answer: Any) -> list[str]:
    return [tile["key"] for tile in answer.json()["tiles"]]


def test_a_program_reads_tiles_in_their_order(owner: User, board: Board) -> None:
    answer = Api(owner).get(f"boards/{board.pk}/")
    assert keys(answer) == [place.key for place in READY_BOARDS["sales"].tiles]
    assert (answer.json()["name"], answer.json()["version"], answer.json()["shared_with"]) == ("Mornings", 1, "")
    assert [row["id"] for row in Api(owner).get("boards/").json()["results"]] == [board.pk]


def test_a_program_makes_and_arranges_a_dashboard(owner: User) -> None:
    api = Api(owner)
    made = api.post("boards/", {"name": "Mine", "tiles": [REVENUE, WON], "opens_with": {"period": "month"}})
    assert (made.status_code, keys(made)) == (201, ["revenue", "won"])
    assert made.json()["opens_with"]["period"] == "month"
    url = f"boards/{made.json()['id']}/"
    changed = api.send("PATCH", url, {"tiles": [WON, REVENUE], "name": "Ours", "version": made.json()["version"]})
    assert (keys(changed), changed.json()["name"]) == (["won", "revenue"], "Ours")
    assert {tile["id"] for tile in changed.json()["tiles"]} == {tile["id"] for tile in made.json()["tiles"]}
    late = api.send("PATCH", url, {"tiles": [], "version": made.json()["version"]})
    assert (late.status_code, late.json()["version"]) == (409, changed.json()["version"])
    assert api.send("DELETE", url, {}).status_code == 204
    assert not Board.objects.exists()
    assert set(Event.objects.filter(kind__startswith="board.").values_list("via", flat=True)) == {"api"}


def test_the_same_call_twice_makes_one(owner: User) -> None:
    api = Api(owner)
    answers = [api.post("boards/", {"name": "Mine", "tiles": [REVENUE]}, **{"Idempotency-Key": "k"}) for _ in range(2)]
    assert answers[0].json() == answers[1].json()
    assert Board.objects.count() == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"name": ""}, 400), ({}, 400), ({"name": "Mornings"}, 422), ({"name": "x" * 101}, 400),
        ({"name": "A", "tiles": [{"kind": "number", "key": "nothing"}]}, 422),
        ({"name": "A", "tiles": [{"kind": "what", "key": "revenue"}]}, 400),
        ({"name": "A", "tiles": [{"kind": "report", "key": "77"}]}, 422),
        ({"name": "A", "tiles": [{**REVENUE, "width": 9}]}, 400), ({"name": "A", "tiles": "x"}, 400),
        ({"name": "A", "shared_with": "nobody"}, 400), ({"name": "A", "opens_with": [1]}, 400),
        ({"name": "A", "opens_with": {"filter": {"deal": {"field": "gone"}}}}, 422),
    ],
)  # fmt: skip
def test_what_can_not_be_is_refused_and_leaves_nothing(owner: User, board: Board, body: object, status: int) -> None:
    assert Api(owner).post("boards/", body).status_code == status
    assert Board.objects.count() == 1


def test_others_read_what_is_shared_and_change_nothing(owner: User, board: Board, sales: User) -> None:
    api, url = Api(sales), f"boards/{board.pk}/"
    assert api.get(url).status_code == 404
    update_board(board=board, actor=owner, shared_with=Role.SALES)
    assert api.get(url).status_code == 200
    assert api.send("PATCH", url, {"name": "Mine"}).status_code == 404
    assert api.send("DELETE", url, {}).status_code == 404
    board.refresh_from_db()
    assert board.name == "Mornings"


def test_a_role_that_may_not_share_keeps_it(board: Board) -> None:
    marketing = make_user(Role.MARKETING)
    api = Api(marketing)
    assert api.post("boards/", {"name": "A", "shared_with": "all"}).status_code == 403
    assert api.post("boards/", {"name": "A", "shared_with": ""}).status_code == 201
    assert Api(make_user(Role.READONLY)).post("boards/", {"name": "A"}).status_code == 403


def test_a_report_of_another_can_not_be_put_on(owner: User, sales: User) -> None:
    report = save_report(actor=owner, name="Secret", spec=ReportSpec())
    answer = Api(sales).post("boards/", {"name": "A", "tiles": [{"kind": "report", "key": str(report.pk)}]})
    assert answer.status_code == 422
    assert "Secret" not in answer.content.decode()


def test_managers_find_dashboards_in_the_admin(client: Client, owner: User, board: Board) -> None:
    update_board(board=board, actor=owner, shared_with="all")
    client.force_login(owner)
    words = client.get("/admin/analytics/board/").content.decode()
    assert "Mornings" in words
    words = client.get(f"/admin/analytics/board/{board.pk}/change/").content.decode()
    assert "Why deals are lost" in words
    assert client.post(f"/admin/analytics/board/{board.pk}/change/", {"name": "X"}).status_code == 403
