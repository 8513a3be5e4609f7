"""The table to hand on: nobody can be found in it, and models can still learn from it."""

from __future__ import annotations

import csv
from collections import Counter
from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import CommandError, call_command

from analytics.ml.anonymity import AnonymityError, anonymised, smallest_group
from analytics.ml.metrics import churn_metrics
from crm.models import Event, Person

from .shop import make_shop


def test_each_combination_of_numbers_stands_for_k_people_and_both_outcomes() -> None:
    random = np.random.default_rng(1)
    values = random.gamma(1.0, 100.0, size=(1000, 4))
    outcome = random.random(1000) < 0.3
    found = anonymised(values, outcome, k=10)
    assert smallest_group(found) >= 10
    for row in np.unique(found, axis=0):
        assert 0 < outcome[(found == row).all(axis=1)].mean() < 1
    assert len(np.unique(found, axis=0)) > 20  # and not one grey mass


def test_the_numbers_stay_near_what_they_were() -> None:
    values = np.random.default_rng(2).normal(size=(2000, 2))
    found = anonymised(values, np.arange(2000) % 2 == 0, k=5)
    assert all(np.corrcoef(values[:, i], found[:, i])[0, 1] > 0.95 for i in range(2))


def test_equal_people_and_too_few_of_them() -> None:
    assert smallest_group(anonymised(np.ones((20, 3)), np.arange(20) < 5, k=10)) == 20
    with pytest.raises(AnonymityError):
        anonymised(np.ones((9, 3)), np.zeros(9, dtype=bool), k=10)


@pytest.mark.django_db
def test_the_command_writes_a_table_without_names_that_can_be_learned_from(tmp_path: Path) -> None:
    people = make_shop()
    Person.objects.filter(pk=people[0].pk).update(no_profiling=True)
    file, out = tmp_path / "table.csv", StringIO()
    call_command("export_training", str(file), "--k", "5", "--horizon", "60", stdout=out)
    rows = list(csv.DictReader(StringIO(file.read_text())))
    numbers = [tuple(value for name, value in row.items() if not name.startswith(("left_", "spent_"))) for row in rows]
    assert min(Counter(numbers).values()) >= 5
    assert 60 < len(rows) < len(people)
    assert str(len(rows)) in out.getvalue()
    left, quiet = (np.array([float(row[name]) for row in rows]) for name in ("left_60", "recency_days"))
    assert churn_metrics(left, quiet / quiet.max())["auc"] > 0.65
    assert Event.objects.get(kind="training.exported").data["smallest_group"] >= 5


@pytest.mark.django_db
def test_the_command_refuses_in_words(tmp_path: Path) -> None:
    file = tmp_path / "table.csv"
    with pytest.raises(CommandError, match="too few"):
        call_command("export_training", str(file))
    with pytest.raises(CommandError, match="from 2 to 1000"):
        call_command("export_training", str(file), "--k", "1")
    assert not file.exists()
    file.write_text("mine")
    with pytest.raises(CommandError, match="there already"):
        call_command("export_training", str(file))
