"""Scores in the API: read only, and only of people one may see."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone

from analytics.models import Score
from crm.models import Person, User
from tests.crm.test_api import Api
from tests.factories import make_person

pytestmark = pytest.mark.django_db


def make_score(person: Person, **fields: Any) -> Score:
    defaults = {"task": "churn", "value": 0.4, "band": "high", "horizon_days": 90, "as_of": timezone.localdate()}
    return Score.objects.create(person=person, **{**defaults, **fields})


def test_scores_are_read_by_person_and_task(sales: User) -> None:
    ann, bob = make_person(), make_person()
    wanted = make_score(ann)
    make_score(ann, task="value", value=120.0, band="top")
    make_score(bob)
    rows = Api(sales).get("scores/", person=ann.pk, task="churn").json()["results"]
    assert [row["id"] for row in rows] == [wanted.pk]


def test_a_score_says_what_would_change_it_most(sales: User) -> None:
    ann, bob = make_person(), make_person()
    make_score(ann, task="lead", lever={"key": "touch", "value": 0.61})
    make_score(bob, task="lead")
    said, nothing = (Api(sales).get("scores/", person=one.pk).json()["results"][0]["lever"] for one in (ann, bob))
    assert (said["key"], said["value"], nothing) == ("touch", 0.61, None)
    assert said["says"].startswith("Would change it most: With a message or call today")


def test_the_description_tells_what_a_lever_is(sales: User) -> None:
    schema = Api(sales).client.get("/api/v1/schema").json()["components"]["schemas"]
    assert schema["Lever"]["properties"].keys() == {"key", "value", "says"}
    assert "change this chance most" in str(schema["Score"]["properties"]["lever"])


def test_a_stranger_sees_no_scores(stranger: User) -> None:
    score = make_score(make_person())
    assert Api(stranger).get("scores/").json()["results"] == []
    assert Api(stranger).get(f"scores/{score.pk}/").status_code == 404


def test_scores_are_not_written(sales: User) -> None:
    assert Api(sales).post("scores/", {}).status_code == 405


def test_a_person_that_is_no_number_is_refused(sales: User) -> None:
    assert Api(sales).get("scores/", person="1 OR 1=1").status_code == 400
