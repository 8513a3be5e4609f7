import json
import subprocess
import sys
import time
from typing import Any

import numpy as np
import pytest

from analytics.ml.artefact import ArtefactError, write_artefact
from analytics.ml.causes import CAUSES
from analytics.ml.features import build_features
from analytics.ml.inputs import NAMES as INPUT_NAMES
from analytics.ml.purchases import Purchases
from analytics.ml.reasons import REASONS
from analytics.ml.score import load_scorer
from analytics.ml.session import Network

AS_OF_SHIFT = 1


def now(purchases: Any) -> Any:
    return purchases.last_day + AS_OF_SHIFT


def test_the_served_score_is_the_trained_score(
    trained_churn: Any, churn_scorer: Any, trained_value: Any, value_scorer: Any, purchases: Any
) -> None:
    features = build_features(purchases, now(purchases))
    assert np.allclose(churn_scorer.predict(features), trained_churn.model.predict(features), atol=1e-4)
    assert np.allclose(value_scorer.predict(features), trained_value.model.predict(features), rtol=1e-4, atol=1e-4)


def test_one_customer_alone_scores_as_in_the_batch(churn_scorer: Any, purchases: Any) -> None:
    batch = churn_scorer.score(purchases, now(purchases))
    for at in range(0, len(batch.customer_ids), 97):
        own = purchases.customer_ids[purchases.codes] == batch.customer_ids[at]
        alone = churn_scorer.score(purchases.keep(own), now(purchases))
        assert alone.values[0] == pytest.approx(batch.values[at], abs=1e-6)
        assert [reason.key for reason in alone.reasons[0]] == [reason.key for reason in batch.reasons[at]]


def test_moving_later_events_changes_no_score(churn_scorer: Any, purchases: Any) -> None:
    as_of = now(purchases) - 100
    before = churn_scorer.score(purchases.before(as_of), as_of)
    assert np.array_equal(before.values, churn_scorer.score(purchases, as_of).values)


def test_at_most_three_reasons_up_and_one_down_with_their_numbers(
    churn_scorer: Any, value_scorer: Any, purchases: Any
) -> None:
    for scorer in (churn_scorer, value_scorer):
        scored = scorer.score(purchases, now(purchases))
        assert any(scored.reasons)
        for reasons in scored.reasons:
            directions = [reason.direction for reason in reasons]
            assert directions.count("up") <= 3
            assert directions.count("down") <= 1
            assert all(tuple(reason.numbers) == REASONS[reason.key].numbers for reason in reasons)


def test_a_reason_for_leaving_lowers_the_risk_when_it_is_removed(churn_scorer: Any, purchases: Any) -> None:
    features = build_features(purchases, now(purchases))
    scored = churn_scorer.score(purchases, now(purchases))
    rhythm = churn_scorer.predict(CAUSES[0].without(purchases, features, churn_scorer.typical))
    named = [
        at for at, reasons in enumerate(scored.reasons) if any(r.key == "quiet_longer_than_usual" for r in reasons)
    ]
    assert named
    assert (rhythm[named] < scored.values[named]).all()


def test_an_order_now_lowers_the_risk_as_a_real_one_would(churn_scorer: Any, purchases: Any) -> None:
    today = now(purchases)
    scored, imagined = churn_scorer.score(purchases, today), churn_scorer.if_ordered(purchases, today)
    assert imagined.shape == scored.values.shape
    late = scored.values > 0.5
    assert (imagined[late] < scored.values[late]).mean() > 0.95
    at = int(np.argmax(scored.values))
    spend = build_features(purchases, today).column("usual_spend")[at]
    ordered = Purchases.from_rows([scored.customer_ids[at]], [today - 1], [spend])
    real = churn_scorer.score(Purchases.joined([purchases.before(today), ordered]), today)
    assert real.values[at] == pytest.approx(imagined[at], abs=1e-6)


def test_a_customer_long_quiet_beside_the_own_rhythm_is_told_so(churn_scorer: Any, purchases: Any) -> None:
    start = now(purchases) - 250
    rows = Purchases.from_rows([1] * 8, [start + 21 * n for n in range(8)], [40.0] * 8)
    reason = churn_scorer.score(rows, now(purchases)).reasons[0][0]
    assert reason.key == "quiet_longer_than_usual"
    assert reason.numbers == {"days": 250 - 147 - 1, "usual_days": 21}
    assert reason.direction == "up"


def test_the_quiet_for_half_a_year_are_called_lapsed(churn_scorer: Any, purchases: Any) -> None:
    scored = churn_scorer.score(purchases, now(purchases))
    quiet = build_features(purchases, now(purchases)).column("recency_days") > 180
    assert (scored.bands[quiet] == "lapsed").all()
    assert set(scored.bands[~quiet]) == {"low", "medium", "high"}


def test_the_range_holds_the_expected_money(value_scorer: Any, purchases: Any) -> None:
    scored = value_scorer.score(purchases, now(purchases))
    assert (scored.low <= scored.values).all()
    assert (scored.values <= scored.high).all()
    assert set(scored.bands) == {"low", "middle", "top"}


def test_nobody_to_score_gives_empty_columns(churn_scorer: Any) -> None:
    scored = churn_scorer.score(Purchases.from_rows([], [], []), 20_000)
    assert len(scored.values) == len(scored.reasons) == 0


def test_one_score_takes_a_millisecond_in_the_network(churn_scorer: Any, purchases: Any) -> None:
    features = build_features(purchases.slice(0, 1), now(purchases))
    inputs = churn_scorer.serving.inputs(features)
    churn_scorer._network.margins(inputs)
    took = min(_seconds(lambda: churn_scorer._network.margins(inputs)) for _ in range(20))
    assert took < 1e-3


def test_serving_imports_no_training_library() -> None:
    heavy = ("lightgbm", "pandas", "sklearn", "scipy", "onnx", "django")
    code = f"import sys, analytics.ml.score; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("name", ["model.onnx", "card.json", "SHA256SUMS"])
def test_a_changed_file_is_refused(trained_churn: Any, tmp_path: Any, name: Any) -> None:
    folder = trained_churn.save(tmp_path / "model")
    (folder / name).write_bytes((folder / name).read_bytes()[:-7])
    with pytest.raises(ArtefactError, match=r"hash|missing"):
        load_scorer(folder)


@pytest.mark.parametrize("name", ["model.onnx", "card.json", "SHA256SUMS"])
def test_a_missing_file_is_refused(trained_churn: Any, tmp_path: Any, name: Any) -> None:
    folder = trained_churn.save(tmp_path / "model")
    (folder / name).unlink()
    with pytest.raises(ArtefactError, match=r"missing|can't be read"):
        load_scorer(folder)


def test_no_artefact_at_all_is_refused(tmp_path: Any) -> None:
    with pytest.raises(ArtefactError, match="no artefact"):
        load_scorer(tmp_path / "nothing")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"format": 0}, "another format"),
        ({"task": "cltv"}, "another task"),
        ({"features": ["recency_days"]}, "other features"),
        ({"serving": {}}, "lacks"),
        ({"serving": None}, "lacks"),
        ({"typical": {}}, "lacks"),
    ],
)
def test_a_foreign_card_is_refused(trained_churn: Any, tmp_path: Any, change: Any, words: Any) -> None:
    card = json.loads(json.dumps(trained_churn.card)) | change
    folder = write_artefact(tmp_path / "model", network=trained_churn.network, card=card)
    with pytest.raises(ArtefactError, match=words):
        load_scorer(folder, task="churn")


@pytest.mark.parametrize("network", [b"", b"not a network"])
def test_a_file_that_is_no_network_is_refused(trained_churn: Any, tmp_path: Any, network: Any) -> None:
    folder = write_artefact(tmp_path / "model", network=network, card=trained_churn.card)
    with pytest.raises(ArtefactError, match="ONNX"):
        load_scorer(folder)


def test_a_network_with_other_outputs_is_refused(trained_churn: Any) -> None:
    with pytest.raises(ArtefactError, match="train it anew"):
        Network(trained_churn.network, ["left", "money"], width=len(INPUT_NAMES))


def test_an_artefact_is_never_written_over(trained_churn: Any, tmp_path: Any) -> None:
    trained_churn.save(tmp_path / "model")
    with pytest.raises(ArtefactError, match="already"):
        trained_churn.save(tmp_path / "model")


def test_a_write_that_fails_leaves_nothing_behind(trained_churn: Any, tmp_path: Any) -> None:
    with pytest.raises(ValueError, match="JSON"):
        write_artefact(tmp_path / "model", network=b"", card={"value": float("nan")})
    assert list(tmp_path.iterdir()) == []


def test_an_artefact_is_small(trained_value: Any, tmp_path: Any) -> None:
    folder = trained_value.save(tmp_path / "model")
    assert sum(file.stat().st_size for file in folder.iterdir()) < 500_000


def _seconds(work: Any) -> Any:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
