"""Columns that tell what nobody is to be judged by are recognised by name, in eight languages, or by their values."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from analytics.ml.protected import protected_meaning
from analytics.ml.tabular.evaluate import evaluate_table
from analytics.ml.tabular.table import Choices

TOLD = {
    "age": "age customer_age AgeGroup dateOfBirth SeniorCitizen Geburtsdatum Alter edad fecha_nac naissance âge età "
    "nascita idade data_nasc leeftijd geboortejaar wiek data_urodzenia",
    "gender": "gender Sex salutation Geschlecht Anrede género sexo sexe civilité sesso genere geslacht płeć",
    "religion": "religion Religious_group Konfession Glaube religión culte religione religião geloof wyznanie",
    "ethnicity": "ethnicity race ethnic_group Hautfarbe etnia raza ethnie razza raça etniciteit narodowość",
    "health": "health_condition disability allergies Krankheiten Behinderung salud enfermedad santé maladie salute "
    "saúde doença gezondheid ziekte zdrowie niepełnosprawność",
    "nationality": "nationality citizenship Staatsangehörigkeit nacionalidad nationalité nazionalità nacionalidade "
    "nationaliteit obywatelstwo country_of_birth",
    "beliefs": "political_views trade_union sexual_orientation Gewerkschaft sindicato syndicat vakbond",
}
HARMLESS = (
    "average_spend page language message account_age deal_age_days lead_age package stage country city job "
    "health_score customer_health bike_race dog_race eta terms marketing title region segment vehicle_age sector"
).split()


@pytest.mark.parametrize(("meaning", "name"), [(key, name) for key, names in TOLD.items() for name in names.split()])
def test_a_protected_column_is_recognised_by_its_name(meaning: str, name: str) -> None:
    assert protected_meaning(name) == meaning


@pytest.mark.parametrize("name", HARMLESS)
def test_what_only_sounds_alike_is_not_taken_for_one(name: str) -> None:
    assert protected_meaning(name) == ""


@pytest.mark.parametrize(
    ("values", "meaning"),
    [
        (["Male", "Female"], "gender"),
        (["Herr", "Frau", "Divers"], "gender"),
        (["M", "F"], "gender"),
        (["Catholic", "Muslim", "None"], "religion"),
        (["S", "M", "L"], ""),
        (["yes", "no"], ""),
        (["other", "x"], ""),
        (["M"], ""),
    ],
)
def test_values_give_a_column_away(values: list[str], meaning: str) -> None:
    assert protected_meaning("field_7", values) == meaning


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Who is young orders, and nothing else tells; "kind" hides the gender."""
    random, path = Random(1), tmp_path / "leads.csv"
    lines = ["age,kind,source,won"]
    for _row in range(600):
        age, kind = random.randrange(18, 80), random.choice(["male", "female"])
        won = random.random() < (0.8 if age < 40 else 0.2)
        lines.append(f"{age},{kind},{random.choice(['web', 'fair'])},{'yes' if won else 'no'}")
    path.write_text("\n".join(lines))
    return path


def test_evaluate_leaves_them_out_and_says_so(table: Path) -> None:
    result = evaluate_table("leads", table)
    assert result["protected"] == {"left_out": ["age", "kind"], "allowed": []}
    assert "--allow-protected" in result["left_out"]["age"]
    assert set(result["columns"]) == {"source"}
    assert result["refused"]


def test_evaluate_learns_from_one_that_is_allowed_by_name(table: Path) -> None:
    result = evaluate_table("leads", table, Choices(allow_protected=("age",)))
    assert result["protected"] == {"left_out": ["kind"], "allowed": ["age"]}
    assert result["refused"] is None
    assert result["views"]["folds"]["product"]["auc"] > 0.7


def test_keeping_a_column_does_not_allow_it(table: Path) -> None:
    assert "age" not in evaluate_table("leads", table, Choices(keep=("age",)))["columns"]
