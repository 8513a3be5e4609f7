"""What moves a prediction in this business as a whole: found with the model, said on its page."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from django.test import Client

from analytics.driver_words import CAUSES, COLUMNS, driver_lines, driver_title
from analytics.learning import all_tasks
from analytics.ml.reasons import REASONS
from analytics.models import WIN, ModelVersion
from analytics.queries import contract_history, deal_history, lead_history
from crm.models import CustomField, User

from .deal_shop import make_closed_deals
from .here import learn_here
from .shop import artefact, make_version

NUMBER = {"column": "stage_days", "kind": "number", "effect": 0.06, "more": -0.05, "less": 0.04}


def said(row: dict[str, Any], task: str = WIN, labels: dict[str, str] | None = None) -> str:
    return "".join(f"{line.label}: {line.says}" for line in driver_lines(task, {"drivers": [row]}, "EUR", labels or {}))


def test_every_cause_and_every_fact_has_words_and_every_task_a_heading() -> None:
    assert set(CAUSES) == set(REASONS)
    names = {"win": deal_history.NAMES, "lead": lead_history.NAMES, "contract": contract_history.NAMES}
    facts = {f"{task}.{name}" for task, each in names.items() for name in each}
    assert set(COLUMNS) == facts - {"win.owner", "lead.owner"}
    assert all(driver_title(task) for task in all_tasks())


@pytest.mark.parametrize(
    ("row", "words"),
    [
        (NUMBER, "Days in the stage: the more, the lower: by 6 in 100 on average"),
        ({**NUMBER, "more": 0.05, "less": -0.04}, "Days in the stage: the more, the higher: by 6 in 100 on average"),
        ({**NUMBER, "more": 0.05, "less": 0.04}, "Days in the stage: works both ways, by 6 in 100 on average"),
        (
            {"column": "has_task", "kind": "flag", "effect": 0.1, "yes": 0.12},
            "A next step is planned: then it is higher by 12 in 100",
        ),
        (
            {"column": "source", "kind": "category", "effect": 0.2, "up": ["Friend", 0.3], "down": ["Fair", -0.2]},
            "Where it came from: “Friend” raises it most, by 30 in 100; “Fair” lowers it most, by 20 in 100",
        ),
        ({"column": "source", "kind": "category", "effect": 0.2}, ""),
        ({"column": "owner", "kind": "category", "effect": 0.2, "up": ["Ann", 0.3]}, ""),
        ({"column": "moon", "kind": "number", "effect": 0.2, "more": 0.3, "less": -0.3}, ""),
    ],
)
def test_a_driver_is_said_with_direction_and_size(row: dict[str, Any], words: str) -> None:
    assert said(row) == words


def test_a_cause_is_said_with_how_many_and_how_much() -> None:
    row = {"key": "bought_once", "direction": "up", "share": 0.4, "effect": 0.22}
    assert said(row, "churn") == "Has ordered only once: raises it for 40% of customers, by 22 in 100 on average"
    lower = {**row, "direction": "down", "effect": 31.0}
    assert said(lower, "value") == "Has ordered only once: lowers it for 40% of customers, by €31.00 on average"


def test_the_business_names_its_own_fields() -> None:
    row = {"column": "custom.size", "kind": "category", "effect": 0.2, "up": ["large", 0.3]}
    assert said(row, labels={"custom.size": "Size"}) == "Size: “large” raises it most, by 30 in 100"
    assert said(row) == ""


def test_the_drivers_of_a_shop_are_what_its_scores_follow() -> None:
    from analytics.ml.score import load_scorer

    drivers = load_scorer(artefact("churn", 60)).card["drivers"]
    assert drivers
    found = {row["key"]: row for row in drivers}
    assert found["quiet_longer_than_usual"]["direction"] == "up"
    assert all(REASONS[row["key"]].leaving == row["direction"] for row in drivers)
    assert all(0 < row["share"] <= 1 and 0.01 <= row["effect"] <= 1 for row in drivers)
    weights = [row["share"] * row["effect"] for row in drivers]
    assert weights == sorted(weights, reverse=True)


@pytest.mark.django_db
def test_the_page_of_a_model_says_what_drives_it(client: Client, owner: User) -> None:
    make_version()
    client.force_login(owner)
    page = client.get("/insights/models/churn").content.decode()
    assert "What makes customers leave or stay here" in page
    assert "No order for longer than usual" in page
    assert "of customers, by" in page
    ModelVersion.objects.update(card={**ModelVersion.objects.get().card, "drivers": []})
    assert "What makes customers leave" not in client.get("/insights/models/churn").content.decode()


@pytest.mark.django_db
def test_recommended_deals_are_won_and_the_page_says_so(
    client: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_closed_deals()
    learn_here(monkeypatch, WIN)
    drivers = ModelVersion.objects.get(task=WIN).card["drivers"]
    assert drivers[0]["column"] == "source"
    assert (drivers[0]["up"][0], drivers[0]["down"][0]) == ("Friend", "Fair")
    assert np.sign([drivers[0]["up"][1], drivers[0]["down"][1]]).tolist() == [1, -1]
    CustomField.objects.create(target="deal", key="size", label="<b>Size", kind="text")
    row = {"column": "custom.size", "kind": "category", "effect": 0.5, "up": ["<i>large", 0.5]}
    ModelVersion.objects.filter(task=WIN).update(
        card={**ModelVersion.objects.get(task=WIN).card, "drivers": [row, *drivers]}
    )
    client.force_login(owner)
    page = client.get("/insights/models/win").content.decode()
    assert "“Friend” raises it most" in page
    assert "&lt;b&gt;Size" in page
    assert "<i>large" not in page
