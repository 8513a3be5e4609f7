"""The Insights page, the pages of the models and the block of the Today page."""

from __future__ import annotations

import re
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import time_machine
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from analytics.models import ModelVersion, TrainingRun
from analytics.operations.risk import recount_risk
from analytics.operations.runs import claim_run, note_progress, request_training
from analytics.operations.sales import recount_all_months
from analytics.queries.insights import change_words, insights_page, quality_words
from analytics.queries.models import model_page
from crm.models import Person, User
from tests.factories import NOW, make_order, make_person, make_task
from tests.pages import HTMX

from .shop import make_version
from .test_person_insight import score

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> object:
    with time_machine.travel(NOW, tick=False):
        yield


def shop(owner: User | None = None) -> Person:
    """Two years of a shop with one good customer at risk."""
    ann = make_person(name="Ann Lee", owner=owner)
    for days_ago in range(20, 700, 30):
        make_order(ann, days_ago=days_ago, total="100")
    make_order(make_person(name="Bob"), days_ago=3, total="60")
    score(ann)
    recount_all_months()
    recount_risk()
    return ann


def page(client: Client, user: User, path: str = "/insights") -> str:
    client.force_login(user)
    response = client.get(path)
    assert response.status_code == 200
    return str(response.content.decode())


def test_it_answers_the_owners_questions(client: Client, owner: User) -> None:
    shop()
    make_version()
    words = page(client, owner)
    for said in ("Revenue in Jun 2026", "Customers at risk", "Ann Lee", "No order for 94 days", "€840", "Top fifth",
                 "New customers", "did not come back", "Learn now"):  # fmt: skip
        assert said in words


def test_without_orders_it_says_what_will_be_here(client: Client, owner: User) -> None:
    words = page(client, owner)
    assert "Import orders" in words
    assert "Learn now" not in words


def test_before_anybody_has_a_score_it_says_so_and_not_that_nobody_is_at_risk(client: Client, owner: User) -> None:
    make_order(make_person(), days_ago=3)
    recount_all_months()
    words = page(client, owner)
    assert words.count("Scores come with the next order, or tonight.") == 3
    request_training()
    words = page(client, owner)
    assert words.count("This is being learned right now.") == 3
    assert "or tonight" not in words
    TrainingRun.objects.all().delete()
    assert "Nobody whom you see is at risk now." not in words
    score(make_person(name="Cy"), band="low")
    recount_risk()
    words = page(client, owner)
    assert "Scores come" not in words
    assert "Nobody whom you see is at risk now." in words


def test_data_that_ended_is_said_to_have_ended(client: Client, owner: User) -> None:
    for days_ago in range(1000, 1040):
        make_order(make_person(), days_ago=days_ago)
    recount_all_months()
    words = page(client, owner)
    assert "The last orders are from Sep 19, 2023." in words
    assert "less than" not in words  # a month that is known in part is not compared with a whole one


def test_a_month_that_is_known_to_its_end_is_compared(owner: User) -> None:
    for days_ago in range(991, 1500, 3):
        make_order(make_person(), days_ago=days_ago, total="1" if days_ago < 1040 else "5")
    recount_all_months()
    change = insights_page(owner).tiles[0].change
    assert change is not None
    assert "less than" in change.words


@pytest.mark.parametrize(("day", "falls"), [(2, False), (30, True)])
def test_a_month_that_has_just_begun_ends_no_line_in_a_fall(owner: User, day: int, falls: bool) -> None:
    """Every month brought more than the one before, and this one little."""
    with time_machine.travel(NOW.replace(day=day), tick=False):
        for back in range(1, 26):
            make_order(make_person(), placed_at=NOW - timedelta(days=30 * back), total=str(100 - back))
        make_order(make_person(), placed_at=NOW.replace(day=day), total="1")
        recount_all_months()
        money, _risk, came_back, new = insights_page(owner).tiles
    assert money.spark is not None
    lowest = 22.0
    assert (float(re.split(r"[ ,]", money.spark.path)[-1]) == lowest) is falls
    assert "in the month before" in new.note
    assert came_back.note


def test_a_user_with_own_scope_sees_own_figures_only(client: Client, stranger: User) -> None:
    shop()
    assert "Import orders" in page(client, stranger)
    mine = make_person(owner=stranger)
    make_order(mine, total="7", days_ago=3)
    words = page(client, stranger)
    assert "€7" in words
    assert "Ann Lee" not in words


def test_each_cell_of_the_matrix_opens_its_people(client: Client, owner: User) -> None:
    ann = shop()
    found = insights_page(owner)
    assert found.matrix is not None
    url = found.matrix.rows[0].cells[0].url
    assert parse_qs(urlsplit(url).query)["sort"] == ["-value"]
    words = page(client, owner, url)
    assert ann.name in words
    assert "Bob" not in words


def test_every_number_of_the_page_takes_few_queries(
    owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(3):
        shop()
        make_version()
    with django_assert_max_num_queries(9):
        insights_page(owner)


def test_learn_now_starts_one_training_and_shows_it(client: Client, owner: User) -> None:
    shop()
    client.force_login(owner)
    for _ in range(2):
        response = client.post("/insights/train", headers=HTMX)
    assert TrainingRun.objects.get().asked_by == owner
    assert "every 2s" in response.content.decode()
    assert client.post("/insights/train").headers["Location"] == "/insights"


def test_only_managers_may_start_a_training(client: Client, sales: User) -> None:
    shop()
    assert "Learn now" not in page(client, sales)
    assert client.post("/insights/train").status_code == 403
    assert not TrainingRun.objects.exists()


def test_the_progress_is_asked_for_until_it_is_over(client: Client, owner: User) -> None:
    client.force_login(owner)
    run = claim_run(request_training().pk)
    assert run is not None
    note_progress(run, step="churn.fit", done=50, total=100)
    response = client.get("/insights/training", headers=HTMX)
    assert response.status_code == 200
    assert "Learning: Risk of leaving" in response.content.decode()
    TrainingRun.objects.update(state="failed", message="Memory ran out.", slot=None)
    response = client.get("/insights/training", headers=HTMX)
    assert response.status_code == 286
    assert "Memory ran out." in response.content.decode()


def test_who_followed_a_training_is_offered_what_it_found(client: Client, owner: User) -> None:
    client.force_login(owner)
    request_training()
    assert "Learning is done." not in client.get("/insights/training", headers=HTMX).content.decode()
    TrainingRun.objects.update(state="done", slot=None)
    assert "Learning is done." in client.get("/insights/training", headers=HTMX).content.decode()
    assert "Learning is done." not in page(client, owner)


def test_a_model_page_shows_it_beside_simple_methods(client: Client, owner: User) -> None:
    make_version()
    words = page(client, owner, "/insights/models/churn")
    for said in ("Beside simple methods", "What Rapport says", "Days since the last order alone",
                 "In its test: did it come true?", "in use", "each customer"):  # fmt: skip
        assert said in words


def test_the_value_model_speaks_of_money(client: Client, owner: User) -> None:
    make_version("value_90")
    assert "Off per customer" in page(client, owner, "/insights/models/value_90")


def test_a_model_that_could_not_be_measured_says_so(owner: User) -> None:
    make_version("value", hold_out=None)
    assert "too young" in model_page("value").says


def test_without_a_model_its_page_says_what_is_missing(client: Client, readonly: User) -> None:
    found = {"customers": 40, "needed_customers": 30, "repeat_buyers": 3, "needed_repeat_buyers": 10}
    TrainingRun.objects.create(slot=None, state="done", report={"sufficiency": {**found, "is_enough": False}})
    assert "3 of the 10 customers with a second order" in page(client, readonly, "/insights/models/churn")


def test_an_unknown_model_is_not_there(client: Client, owner: User) -> None:
    client.force_login(owner)
    assert client.get("/insights/models/moon").status_code == 404


def test_today_names_the_customers_at_risk_for_whom_nothing_is_planned(client: Client, owner: User) -> None:
    ann = shop()
    assert "Ann Lee" in page(client, owner, "/insights/leavers")
    make_task(person=ann)
    assert "Ann Lee" not in page(client, owner, "/insights/leavers")


def test_today_names_nobody_to_a_stranger(client: Client, stranger: User) -> None:
    shop()
    assert "Ann Lee" not in page(client, stranger, "/insights/leavers")


def test_the_best_customers_at_risk_come_first(owner: User) -> None:
    shop()
    for name, stake in (("Cora", 10.0), ("Dora", 9000.0)):
        score(make_person(name=name), stake=stake)
    score(make_person(name="Gone"), band="lapsed", stake=99999.0)
    assert [line.name for line in insights_page(owner).leavers] == ["Dora", "Ann Lee", "Cora"]


def test_a_large_customer_at_medium_risk_comes_before_a_small_one_at_high_risk(owner: User) -> None:
    shop()
    score(make_person(name="Large"), band="medium", value=0.5, stake=9000.0)
    assert [(line.name, line.badge) for line in insights_page(owner).leavers] == [
        ("Large", "Medium risk"), ("Ann Lee", "High risk"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"), [(0.124, "12% more than May"), (-0.5, "50% less than May"), (0.001, "as in May")]
)
def test_changes_are_said(change: float, words: str) -> None:
    assert change_words(change, "May") == words


def test_flagged_customers_are_compared_with_those_of_whom_a_risk_is_said() -> None:
    """Who left long ago is at no risk any more: beside them all would look as bad as the flagged ones."""
    held = make_version().card["hold_out"]
    top, bands = held["top_band"], held["all_bands"]
    assert 0 < top["customers"] < bands["customers"] < held["customers"]
    version = ModelVersion(task="churn", card={"hold_out": held | {"all_bands": {"customers": 200, "actual": 90.0}}})
    assert "Of all customers who had not left long ago it was 45%." in quality_words(version, "EUR")
    older = ModelVersion(task="churn", card={"hold_out": {k: v for k, v in held.items() if k != "all_bands"}})
    assert "Of all customers it was" in quality_words(older, "EUR")


def test_no_page_about_predictions_speaks_like_a_statistician(client: Client, owner: User, sales: User) -> None:
    make_version()
    for task in ("churn", "value", "win"):
        words = page(client, sales, f"/insights/models/{task}")
        for term in ("Brier", "AUC", "ECE", "MAE", "Spearman", "This model", "calibrated"):
            assert term not in words
    assert "Statisticians call it Brier." in page(client, owner, "/insights/models/churn")
