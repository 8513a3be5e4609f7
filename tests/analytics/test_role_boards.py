"""Which dashboard opens first for a role: decided by a manager, and who chose one themselves keeps it."""

from __future__ import annotations

import json

import pytest
from auditlog.models import LogEntry
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from analytics.admin.boards import RoleBoardForm
from analytics.models import Board, FirstBoard, RoleBoard
from analytics.models.boards import EVERYBODY
from analytics.operations.boards import (
    choose_first,
    create_board,
    delete_board,
    restore_board,
    take_ready_board,
    update_board,
)
from analytics.operations.role_boards import NotSharedError, choose_for_role, follow_role
from analytics.queries.boards.first import chosen_words, first_url, role_counts, role_lines
from analytics.ready_boards import READY_BOARDS
from crm.models import Event, Role, User
from tests.factories import make_user
from tests.pages import html

pytestmark = pytest.mark.django_db


@pytest.fixture
def board(manager: User) -> Board:
    return create_board(actor=manager, name="How we sell", shared_with=Role.SALES)


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


def home(user: User) -> str:
    return first_url(user).rpartition("/boards/")[2]


def test_a_role_comes_to_what_a_manager_chose_and_others_do_not(board: Board, manager: User, sales: User) -> None:
    choose_for_role(actor=manager, role=Role.SALES, board=board)
    assert home(sales) == str(board.pk)
    assert home(make_user(Role.SUPPORT)) == "ready/support"
    event = Event.objects.get(kind="board.role_chosen")
    assert (event.actor, event.data["role"], event.data["board"]) == (manager, "sales", board.pk)
    assert LogEntry.objects.get_for_object(RoleBoard.objects.get()).exists()


def test_the_choice_of_a_role_is_replaced_and_taken_back(board: Board, manager: User, sales: User) -> None:
    choose_for_role(actor=manager, role=Role.SALES, board=board)
    choose_for_role(actor=manager, role=Role.SALES, ready="owner")
    assert home(sales) == "ready/owner"
    choose_for_role(actor=manager, role=Role.SALES)
    choose_for_role(actor=manager, role=Role.SALES)
    assert home(sales) == "ready/sales"
    assert not RoleBoard.objects.exists()
    assert Event.objects.filter(kind="board.role_chosen").count() == 3


def test_who_made_the_ready_one_their_own_comes_to_their_own(manager: User, sales: User) -> None:
    choose_for_role(actor=manager, role=Role.SALES, ready="marketing")
    mine = take_ready_board(ready=READY_BOARDS["marketing"], actor=sales)
    assert home(sales) == str(mine.pk)


def test_who_chose_one_themselves_keeps_it_until_they_follow_their_role(
    board: Board, manager: User, sales: User
) -> None:
    choose_first(actor=sales, ready="support")
    assert choose_for_role(actor=manager, role=Role.SALES, board=board) == 0
    assert home(sales) == "ready/support"
    follow_role(actor=sales)
    follow_role(actor=sales)
    assert home(sales) == str(board.pk)
    assert Event.objects.filter(kind="board.chosen", actor=sales).count() == 2  # chosen once, taken back once


def test_a_manager_can_take_own_choices_back_but_of_that_role_only(board: Board, manager: User, sales: User) -> None:
    support = make_user(Role.SUPPORT)
    choose_first(actor=sales, ready="support")
    choose_first(actor=support, ready="sales")
    assert choose_for_role(actor=manager, role=Role.SALES, board=board, for_choosers=True) == 1
    assert home(sales) == str(board.pk)
    assert home(support) == "ready/sales"
    assert Event.objects.get(kind="board.role_chosen").data["taken_back"] == 1


def test_an_own_dashboard_is_shared_with_the_role_at_the_same_time(manager: User, sales: User) -> None:
    board = create_board(actor=manager, name="Plans")
    choose_for_role(actor=manager, role=Role.SALES, board=board)
    board.refresh_from_db()
    assert (board.shared_with, home(sales)) == (Role.SALES, str(board.pk))


def test_what_the_role_would_not_see_is_refused_and_nothing_is_written(board: Board, manager: User) -> None:
    with pytest.raises(NotSharedError):
        choose_for_role(actor=manager, role=Role.SUPPORT, board=board)
    of_another = create_board(actor=make_user(Role.OWNER), name="Secret")
    with pytest.raises(NotSharedError):
        choose_for_role(actor=manager, role=Role.SALES, board=of_another)
    assert not RoleBoard.objects.exists()
    assert not Event.objects.filter(kind="board.role_chosen").exists()


def test_nobody_else_decides_for_a_role(board: Board, sales: User) -> None:
    with pytest.raises(PermissionDenied):
        choose_for_role(actor=sales, role=Role.SALES, board=board)


def test_a_dashboard_that_is_not_shared_any_more_gives_way(board: Board, manager: User, sales: User) -> None:
    choose_for_role(actor=manager, role=Role.SALES, board=board)
    update_board(board=board, actor=manager, shared_with="")
    assert home(sales) == "ready/sales"
    line = next(line for line in role_lines(manager) if line.role == Role.SALES)
    assert (line.name, line.is_chosen, line.is_lost) == ("Sales", True, True)
    update_board(board=board, actor=manager, shared_with=EVERYBODY)
    assert home(sales) == str(board.pk)


def test_a_removed_dashboard_opens_first_for_its_roles_again_when_it_is_back(
    board: Board, manager: User, sales: User
) -> None:
    choose_for_role(actor=manager, role=Role.SALES, board=board)
    kept = json.loads(json.dumps(delete_board(board=board, actor=manager)))
    assert home(sales) == "ready/sales"
    back = restore_board(kept=kept, actor=manager)
    assert home(sales) == str(back.pk)
    kept = json.loads(json.dumps(delete_board(board=back, actor=manager)))
    choose_for_role(actor=manager, role=Role.SALES, ready="owner")
    restore_board(kept=kept, actor=manager)
    assert home(sales) == "ready/owner"


def test_a_removed_dashboard_opens_first_again_for_everybody_who_chose_it_and_nothing_else_since(
    board: Board, manager: User, sales: User
) -> None:
    keeps, changes, leaves = sales, make_user(Role.SALES), make_user(Role.SALES)
    for user in (manager, keeps, changes, leaves):
        choose_first(actor=user, board=board)
    kept = json.loads(json.dumps(delete_board(board=board, actor=manager)))
    assert home(keeps) == "ready/sales"
    choose_first(actor=changes, ready="owner")
    choose_first(actor=manager, ready="owner")
    leaves.delete()
    back = restore_board(kept=kept, actor=manager)
    assert [home(user) for user in (keeps, changes, manager)] == [str(back.pk), "ready/owner", "ready/owner"]
    assert FirstBoard.objects.filter(board=back).count() == 1
    assert Event.objects.get(kind="board.deleted").data["first_of"] == 4


def test_a_dashboard_comes_back_for_its_role_although_who_chose_it_is_gone(
    board: Board, manager: User, owner: User, sales: User
) -> None:
    choose_for_role(actor=owner, role=Role.SALES, board=board)
    kept = json.loads(json.dumps(delete_board(board=board, actor=manager)))
    kept["first_for"][0]["chosen_by_id"] = owner.pk + 10_000
    back = restore_board(kept=kept, actor=manager)
    assert home(sales) == str(back.pk)
    assert RoleBoard.objects.get(role=Role.SALES).chosen_by is None
    assert Event.objects.filter(kind="board.role_chosen", actor=manager).get().data["name"] == board.name


def test_people_are_counted_in_words(manager: User, sales: User) -> None:
    make_user(Role.SALES)
    choose_first(actor=sales, ready="owner")
    counts = role_counts()
    assert counts[Role.SALES] == "2 people, 1 chose another one themselves"
    assert counts[Role.MARKETING] == "0 people"


def test_the_event_says_role_and_name() -> None:
    assert chosen_words({"role": "sales", "board": 7, "name": "Plans"}) == {"role": "Sales", "name": "Plans"}
    assert chosen_words({"role": "sales", "board": "support", "name": ""})["name"] == "Support"
    assert chosen_words({"role": "support", "board": "", "name": ""})["name"] == "Support"


# --- the pages ----------------------------------------------------------------------------------------------------


def test_the_menu_offers_it_to_managers_alone(desk: Client, board: Board, sales: User) -> None:
    assert f"/boards/role?board={board.pk}" in desk.get(f"/boards/{board.pk}").content.decode()
    assert "/boards/role?ready=sales" in desk.get("/boards/ready/sales").content.decode()
    desk.force_login(sales)
    assert "/boards/role" not in desk.get(f"/boards/{board.pk}").content.decode()
    assert "What opens first for each role" not in desk.get("/boards/all").content.decode()
    for url in (f"/boards/role?board={board.pk}", "/boards/role?ready=owner"):
        assert desk.get(url).status_code == 403
    assert desk.post("/boards/role/sales/clear").status_code == 403


def test_a_role_is_chosen_in_the_dialog_and_cleared_in_the_list(desk: Client, board: Board, sales: User) -> None:
    url = f"/boards/role?board={board.pk}"
    assert "Sales: 1 person" in desk.get(url).content.decode()
    assert desk.post(url, {"role": "sales"})["Location"] == f"/boards/{board.pk}"
    assert "It opens first for this role from now on: Sales." in desk.get(f"/boards/{board.pk}").content.decode()
    assert home(sales) == str(board.pk)
    assert "Back to the ready-made one" in desk.get("/boards/all").content.decode()
    desk.post("/boards/role/sales/clear")
    desk.post("/boards/role/nobody/clear")
    assert home(sales) == "ready/sales"


def test_removing_it_says_for_whom_something_else_opens_now(desk: Client, board: Board, manager: User) -> None:
    choose_for_role(actor=manager, role=Role.SALES, board=board)
    words = desk.post(f"/boards/{board.pk}/delete", follow=True).content.decode()
    assert "What is ready for their role opens first again for: Sales." in words
    other = create_board(actor=manager, name="Other")
    assert "opens first again" not in desk.post(f"/boards/{other.pk}/delete", follow=True).content.decode()


def test_the_dialog_says_what_is_wrong(desk: Client, board: Board) -> None:
    url = f"/boards/role?board={board.pk}"
    answer = desk.post(url, {"role": "support"})
    assert answer.status_code == 422
    assert "is not shared with this role" in answer.content.decode()
    assert desk.post(url, {"role": "emperor"}).status_code == 422
    assert desk.get("/boards/role?board=99999999").status_code == 404
    assert desk.get("/boards/role?ready=nothing").status_code == 404
    of_another = create_board(actor=make_user(Role.OWNER), name="Secret")
    assert desk.get(f"/boards/role?board={of_another.pk}").status_code == 404


def test_who_chose_for_themselves_can_follow_their_role_again(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert "/boards/follow" not in client.get("/boards/all").content.decode()
    client.post("/boards/first", {"ready": "support"})
    assert "/boards/follow" in client.get("/boards/all").content.decode()
    assert client.post("/boards/follow")["Location"] == "/boards/ready/sales"
    assert not FirstBoard.objects.exists()


# --- the admin ----------------------------------------------------------------------------------------------------


def test_the_form_keeps_a_present_dashboard_that_is_no_choice_for_others(
    desk: Client, board: Board, manager: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    create_board(actor=manager, name="A first one", shared_with=EVERYBODY)
    choose_for_role(actor=manager, role=Role.SALES, board=board)
    monkeypatch.setattr("analytics.queries.boards.first.MOST_SHARED", 1)
    change, selected = reverse("admin:analytics_roleboard_change", args=["sales"]), f'value="board:{board.pk}" selected'
    words = html(desk.get(change))
    assert selected in words
    assert f"How we sell (by {manager}, shared with: Sales)" in words
    assert desk.post(change, {"opens": f"board:{board.pk}"}).status_code == 302
    assert RoleBoard.objects.get().board == board
    update_board(board=board, actor=manager, shared_with="")
    words = html(desk.get(change))
    assert selected in words
    assert f"How we sell (by {manager}, no longer shared)" in words
    refused = RoleBoardForm({"opens": f"board:{board.pk}"}, instance=RoleBoard.objects.get())
    assert "not shared with the role" in str(refused.errors["opens"])


def test_the_list_of_the_admin_counts_people_once(
    desk: Client, board: Board, manager: User, sales: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    url = reverse("admin:analytics_roleboard_changelist")
    choose_for_role(actor=manager, role=Role.SALES, board=board)
    with CaptureQueriesContext(connection) as one:
        assert "1 person" in html(desk.get(url))
    for role in (Role.SUPPORT, Role.OWNER, Role.MARKETING):
        choose_for_role(actor=manager, role=role, ready="owner")
    with django_assert_num_queries(len(one)):
        desk.get(url)


def test_the_admin_decides_by_the_same_operation(desk: Client, board: Board, sales: User) -> None:
    add = reverse("admin:analytics_roleboard_add")
    refused = RoleBoardForm({"role": "support", "opens": f"board:{board.pk}"})
    assert "not shared with the role" in str(refused.errors["opens"])
    assert RoleBoardForm({"role": "support", "opens": "board:99"}).errors.keys() == {"opens"}
    assert desk.post(add, {"role": "sales", "opens": f"board:{board.pk}"}).status_code == 302
    assert home(sales) == str(board.pk)
    assert "How we sell" in desk.get(reverse("admin:analytics_roleboard_changelist")).content.decode()
    change = reverse("admin:analytics_roleboard_change", args=["sales"])
    choose_first(actor=sales, ready="owner")
    assert desk.post(change, {"opens": "ready:marketing", "for_choosers": "on"}).status_code == 302
    assert home(sales) == "ready/marketing"
    desk.post(reverse("admin:analytics_roleboard_delete", args=["sales"]), {"post": "yes"})
    assert home(sales) == "ready/sales"
    assert Event.objects.filter(kind="board.role_chosen").count() == 3
