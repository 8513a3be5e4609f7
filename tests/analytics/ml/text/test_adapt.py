"""The model is fitted to a shop only where that is better, and never to the harm of what it reads well."""

import json
import random

import numpy as np
import pytest

from analytics.ml.artefact import ArtefactError
from analytics.ml.text.adapt import Said, adapt
from analytics.ml.text.artefact import WIDTH, shipped_model
from analytics.ml.text.head import AdaptedModel, fit_head, read_head
from analytics.ml.text.reading import read_message
from tests.analytics.ml.text.test_reading import ANGRY, HAPPY, PLAIN

THINGS = ("mug", "lamp", "blanket", "kettle", "tray", "vase", "clock", "basket")
DAYS = ("Monday", "Tuesday", "Friday", "Sunday")


def blame(number: int) -> str:
    """How young customers of this shop complain."""
    return f"Order {4000 + number}: the {THINGS[number % 8]} gives me the ick."


def praise(number: int) -> str:
    """How they praise."""
    return f"The {THINGS[number % 8]} we got on {DAYS[number // 8 % 4]} slaps so hard, no cap."


def shop(rows: int) -> list[Said]:
    return [
        Said(blame(number), "negative", 3) if number % 2 else Said(praise(number), "positive", 3)
        for number in range(rows)
    ]


def test_what_a_shop_means_is_learnt() -> None:
    outcome = adapt(shop(120), model=shipped_model())
    assert outcome.reason == "better"
    assert outcome.head is not None
    assert outcome.figures["after"] > outcome.figures["before"] + outcome.figures["standard_error"]
    assert outcome.figures["others_gain"] >= -outcome.figures["others_standard_error"]
    adapted = AdaptedModel(shipped_model(), outcome.head)
    text = praise(6)
    assert (read_message(text).sentiment, read_message(text, model=adapted).sentiment) == ("negative", "positive")
    json.dumps(outcome.figures)


def test_labels_without_sense_change_nothing() -> None:
    texts = [*ANGRY.values(), *HAPPY.values(), *PLAIN.values()] * 5
    by_chance = random.Random(5)
    said = [Said(text, by_chance.choice(("negative", "neutral", "positive")), 3) for text in texts]
    assert adapt(said, model=shipped_model()).head is None


def test_a_shop_that_says_the_contrary_may_not_harm_others() -> None:
    contrary = [Said(text, "positive", 3) for text in ANGRY.values()] + [Said(t, "negative", 3) for t in HAPPY.values()]
    outcome = adapt(contrary * 8, model=shipped_model())
    assert (outcome.head, outcome.reason) == (None, "harms_others")


@pytest.mark.parametrize("said", [[], shop(19), [Said(blame(n), "negative", 3) for n in range(60)]])
def test_too_little_is_not_learnt_from(said: list[Said]) -> None:
    assert adapt(said, model=shipped_model()).reason == "too_few"


def test_a_few_labels_teach_a_shift_alone() -> None:
    outcome = adapt([*shop(30)][:49], model=shipped_model())
    assert outcome.figures["is_shift"]
    rng = np.random.default_rng(0)
    vectors, logits = np.zeros((40, WIDTH), np.float32), rng.normal(size=(40, 3)).astype(np.float32)
    head = fit_head(vectors, logits, np.full(40, 2), [1.0] * 40, penalty=1.0)
    assert not head.weights.any()
    assert head.bias[2] > 0 > head.bias[0]
    rows = rng.normal(size=(5, WIDTH)).astype(np.float32)
    np.testing.assert_allclose(head.shift(rows), np.tile(head.bias, (5, 1)))


@pytest.mark.slow
def test_what_serves_stays_until_something_beats_it() -> None:
    first = adapt(shop(120), model=shipped_model())
    again = adapt(shop(125), model=shipped_model(), serving=first.head)
    assert (again.reason, again.head) == ("kept", first.head)
    assert again.figures["before"] >= again.figures["after"] - again.figures["standard_error"]


def test_what_serves_leaves_when_the_shipped_model_is_as_good() -> None:
    first = adapt(shop(120), model=shipped_model())
    plain = [Said(text, mood, 3) for text, mood in [
        *((text, "negative") for text in ANGRY.values()), *((text, "positive") for text in HAPPY.values()),
    ]] * 8  # fmt: skip
    assert adapt(plain, model=shipped_model(), serving=first.head).head is None


def test_a_head_is_small_and_comes_back_as_it_was_or_not_at_all() -> None:
    rng = np.random.default_rng(0)
    vectors, logits = rng.normal(size=(80, WIDTH)).astype(np.float32), np.zeros((80, 3), np.float32)
    head = fit_head(vectors, logits, rng.integers(0, 3, 80), [1.0] * 80, penalty=1.0)
    content = head.to_bytes()
    assert len(content) < 10_000
    np.testing.assert_allclose(read_head(content, width=WIDTH).shift(vectors), head.shift(vectors), atol=1e-4)
    for broken in (b"", b"PK\x03\x04", content[:-40], content[:200] + bytes(40) + content[240:]):
        with pytest.raises(ArtefactError):
            read_head(broken, width=WIDTH)
    with pytest.raises(ArtefactError, match="not of this version"):
        read_head(content, width=WIDTH + 1)
