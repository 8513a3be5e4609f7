"""Chances learned from a frame: measured in time, compared with the model in use, served with reasons."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.ml.artefact import ArtefactError, read_artefact, write_artefact
from analytics.ml.tabular.frame import OPEN, Frame, flag_column, join_frames, number_column, word_column
from analytics.ml.tabular.in_time import hold_out_in_time
from analytics.ml.tabular.job import learn
from analytics.ml.tabular.scorer import bands, load_chances

TODAY = 20_000


def make_frame(groups: int = 300, *, each: int = 3, has_signal: bool = True, seed: int = 1) -> Frame:
    """Several rows of each group; friends mostly say yes, and so do those who wait shortly."""
    rng = np.random.default_rng(seed)
    friend, began = rng.random(groups) < 0.5, np.sort(rng.integers(TODAY - 700, TODAY - 60, groups))
    waits = rng.gamma(2, 10, (groups, each))
    log_odds = (np.where(friend, 2.0, -2.0) - 0.08 * (waits.mean(axis=1) - 20)) if has_signal else np.zeros(groups)
    outcome = (rng.random(groups) < 1 / (1 + np.exp(-log_odds))).astype(float)
    row = np.repeat(np.arange(groups), each)
    return Frame(
        groups=row + 1,
        days=began[row] + np.tile(np.arange(each) * 7, groups),
        known_on=began[row] + 50,
        outcome=outcome[row],
        columns=[
            word_column("source", ["friend" if friend[at] else "fair" for at in row]),
            number_column("wait", waits.ravel().tolist()),
            flag_column("has_task", (rng.random(len(row)) < 0.5).tolist()),
        ],
    )


def ask(folder: Path, frame: Frame, **changes: Any) -> dict[str, Any]:
    parts = folder / "parts"
    parts.mkdir(exist_ok=True)
    frame.save(parts)
    request = {
        "task": "win", "parts": str(parts), "folder": str(folder / "model"), "champion": None, "as_of": TODAY,
        "horizon_days": 0, **changes,
    }  # fmt: skip
    return learn(request, lambda _stage, _share: None)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("chances")
    result = ask(folder, make_frame())
    assert result["is_saved"]
    assert result["is_servable"]
    return folder / "model"


def test_a_frame_comes_back_from_its_files(tmp_path: Path) -> None:
    frame = make_frame(20)
    frame.save(tmp_path)
    loaded = Frame.load(tmp_path)
    np.testing.assert_array_equal(loaded.groups, frame.groups)
    assert [(one.name, one.kind, one.levels) for one in loaded.columns] == [
        (one.name, one.kind, one.levels) for one in frame.columns
    ]


def test_parts_with_other_words_are_joined() -> None:
    one, other = make_frame(5), make_frame(5)
    other.columns[0] = word_column("source", ["new"] * len(other))
    joined = join_frames([one, other])
    words = [joined.columns[0].levels[code] for code in joined.columns[0].codes]
    assert words[: len(one)] == [one.columns[0].levels[code] for code in one.columns[0].codes]
    assert set(words[len(one) :]) == {"new"}


def test_what_was_not_known_when_a_window_began_is_not_learnt_from() -> None:
    frame = make_frame()
    late = Frame(frame.groups, frame.days, np.full(len(frame), TODAY + 1), frame.outcome, frame.columns)
    assert hold_out_in_time(late, seed=0) is None


def test_of_a_group_one_row_is_measured_in_a_window() -> None:
    held = hold_out_in_time(make_frame(), seed=0)
    assert held is not None
    measured = make_frame().keep(held.rows)
    for part in np.unique(held.held.parts):
        here = measured.groups[held.held.parts == part]
        assert len(here) == len(set(here))


def test_the_card_says_how_good_it_is_beside_simple_methods(folder: Path) -> None:
    card = read_artefact(folder)[1]
    view = card["hold_out"]["views"]["all"]
    assert view["product"]["auc"] > 0.8
    assert view["product"]["brier"] < view["baselines"]["base_rate"]["brier"]
    assert card["customers"] == 300
    assert card["parity"] < 1e-4


def test_chance_alone_is_refused(tmp_path: Path) -> None:
    result = ask(tmp_path, make_frame(has_signal=False))
    assert not result["is_servable"]
    assert 0.3 < result["refused"]["base_rate"] < 0.7


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_one_outcome_alone_is_too_little(tmp_path: Path, value: float) -> None:
    frame = make_frame()
    only = Frame(frame.groups, frame.days, frame.known_on, np.full(len(frame), value), frame.columns)
    result = ask(tmp_path, only)
    assert (result["is_saved"], result["is_servable"]) == (False, False)


def test_rows_whose_end_is_open_are_not_learnt_from(tmp_path: Path) -> None:
    frame = make_frame(60)
    open_rows = Frame(frame.groups, frame.days, np.full(len(frame), OPEN), frame.outcome, frame.columns)
    assert not ask(tmp_path, open_rows)["is_saved"]


def test_a_named_reason_moves_the_chance_the_named_way(folder: Path) -> None:
    scorer, frame = load_chances(folder, task="win"), make_frame(40, seed=5)
    before = scorer.predict(frame.columns)
    for at, facts in enumerate(scorer.facts(frame.columns)):
        for fact in facts:
            row = [column.keep(np.array([at])) for column in frame.columns]
            gone = [column for column in row if column.name != fact.column]
            if fact.column == "source":
                other = word_column("source", ["fair" if fact.word == "friend" else "friend"])
            else:
                other = number_column(fact.column, [fact.usual])
            after = float(scorer.predict([*gone, other])[0])
            assert (before[at] > after) == (fact.direction == "up")


def test_reasons_are_three_for_and_one_against_at_most(folder: Path) -> None:
    scorer, frame = load_chances(folder, task="win"), make_frame(40, seed=5)
    for facts in scorer.facts(frame.columns):
        directions = [fact.direction for fact in facts]
        assert directions.count("up") <= 3
        assert directions.count("down") <= 1
        assert len({fact.column for fact in facts}) == len(facts)


def test_a_column_that_is_gone_and_a_new_word_leave_a_chance(folder: Path) -> None:
    scorer = load_chances(folder, task="win")
    chance = scorer.predict([number_column("wait", [3.0, None]), word_column("source", ["", "somewhere new"])])
    assert ((chance > 0) & (chance < 1)).all()


def test_bands_are_odds_against_those_of_all() -> None:
    assert bands(np.array([0.05, 0.1, 0.19]), 0.1).tolist() == ["low", "medium", "high"]


def test_a_model_in_use_stays_until_there_is_news_to_compare_by(folder: Path, tmp_path: Path) -> None:
    result = ask(tmp_path, make_frame(), champion=str(folder))
    assert result["gain"] == {"value": 0.0, "low": 0.0, "high": 0.0}


def test_a_model_that_knows_nothing_loses_against_the_new_one(folder: Path, tmp_path: Path) -> None:
    network, card = read_artefact(folder)
    reversed_words = json_with(card, as_of="2023-01-01")
    for plan in reversed_words["encoder"]["plans"]:
        if plan["kind"] == "CategoryPlan":
            plan["levels"] = plan["levels"][::-1]
    write_artefact(tmp_path / "old", network=network, card=reversed_words)
    result = ask(tmp_path, make_frame(), champion=str(tmp_path / "old"))
    assert result["gain"]["low"] > 0


def json_with(card: dict[str, Any], **changes: Any) -> dict[str, Any]:
    return {**card, **changes}


def test_a_model_of_another_task_or_a_broken_card_is_refused(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ArtefactError, match="another task"):
        load_chances(folder, task="lead")
    network, card = read_artefact(folder)
    write_artefact(tmp_path / "bare", network=network, card={"format": card["format"], "task": "win"})
    with pytest.raises(ArtefactError, match="lacks"):
        load_chances(tmp_path / "bare", task="win")
