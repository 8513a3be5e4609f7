"""Measures a trained artefact on every public set, beside the majority class and TF-IDF learnt on the same examples."""

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from analytics.ml.text.artefact import SentimentModel
from analytics.ml.text.evaluate import metrics, tfidf
from analytics.ml.text.reading import probabilities_of, split_sentences
from analytics.ml.text.tokenizer import MAX_TOKENS
from analytics.ml.text.train.card import LIMITS, MEASURED_ONLY
from analytics.ml.text.train.examples import (
    SHIPPED,
    Example,
    labelled,
    own_messages,
    own_voices,
    pick,
    rows_of,
    unseen_voices,
)

_MOST_ROWS: Final = 1500
_ROUNDS: Final = 5
_FOREIGN: Final = {  # only measured on, never learnt from: their licence does not let them touch shipped weights
    "umsab_en_de_es": ("en", "de", "es"),
    "sanders_brands": ("en",),
    "germeval17_db": ("de",),
    "pros_cons": ("en",),
}


def calibration_examples(data: Path) -> list[Example]:
    """Half of the test rows of the sets that may be learnt from, requests as neutral, held-out own texts."""
    neutral = {"clinc150": "test", "massive_de": "test", "banking77": "test"}
    return [
        *(example for example in _test_examples(data) if _is_for_calibration(example.text)),
        *(
            Example(row["text"], 1, row["lang"], name)
            for name, split in neutral.items()
            for row in pick(rows_of(data, name, split), 300)
        ),
        *own_messages(held_out=True),
        *(example for example in own_voices(held_out=True) if _is_for_calibration(example.text)),
    ]


def foreign_examples(data: Path) -> list[Example]:
    """Development splits of sets with neutral texts that are never learnt from: two numbers are fitted to them."""
    return [
        *labelled(rows_of(data, "umsab_en_de_es", "dev"), "umsab_en_de_es"),
        *labelled(pick(rows_of(data, "sanders_brands", "train"), 800), "sanders_brands"),
        *labelled(pick(rows_of(data, "germeval17_db", "train"), 600), "germeval17_db"),
    ]


def strange_examples() -> list[Example]:
    """Our own texts that the network has not learnt from."""
    return [*own_messages(held_out=True), *own_voices(held_out=True), *unseen_voices()]


def measured_sets(data: Path) -> dict[str, list[Example]]:
    """The sets of the card by name; the network learnt from none of their texts.

    Nor was anything calibrated on them but on ours: the temperature on own messages, and the two numbers that say how
    sure to be of a strange text on own messages, own voices and unseen voices (`strange_examples`).
    """
    sets: dict[str, list[Example]] = {}
    for example in _test_examples(data):
        if not _is_for_calibration(example.text):
            sets.setdefault(f"{example.source}:{example.language}", []).append(example)
    for name, languages in _FOREIGN.items():
        for language in languages:
            rows = [row for row in rows_of(data, name, "test") if row["lang"] == language]
            sets[f"{name}:{language}"] = labelled(pick(rows, _MOST_ROWS), name)
    sets["own_messages:all"] = own_messages(held_out=True)
    for example in own_voices(held_out=True):
        if not _is_for_calibration(example.text):
            sets.setdefault(f"own_voices:{example.language}", []).append(example)
    for example in unseen_voices():
        sets.setdefault(f"unseen_voices:{example.language}", []).append(example)
    return sets


def _test_examples(data: Path) -> list[Example]:
    subtitles = [row for row in rows_of(data, "xed_polarity", "test") if row["lang"] in (*SHIPPED, "fi")]
    return [
        *(labelled([row], "xed_polarity", knows_neutral=row["lang"] in ("en", "fi"))[0] for row in subtitles),
        *labelled(rows_of(data, "uci_sls", "test"), "uci_sls", knows_neutral=False),
    ]


def _is_for_calibration(text: str) -> bool:
    return hashlib.sha256(text.encode()).digest()[0] % 2 == 0


def measure(model: SentimentModel, sets: dict[str, list[Example]], learnt_from: Sequence[Example]) -> dict[str, Any]:
    """For every set: rows, and the metrics of the model and of both baselines."""
    labels = np.array([example.label for example in learnt_from])
    baseline = tfidf([example.text for example in learnt_from], labels)
    shares = np.bincount(labels, minlength=3) / len(labels)
    found = {}
    for name, examples in sets.items():
        texts, truth = [example.text for example in examples], np.array([example.label for example in examples])
        product = np.array([probabilities_of(split_sentences(text) or [""], model) for text in texts])
        found[name] = {
            "rows": len(texts),
            "product": _rounded(metrics(truth, product)),
            "tfidf_lr": _rounded(metrics(truth, baseline(texts))),
            "majority": _rounded(metrics(truth, np.tile(shares, (len(texts), 1)))),
        }
    return found


def measure_again(card: dict[str, Any], model: SentimentModel, data: Path) -> dict[str, Any]:
    """The card with new figures of the product; those of simple methods on the same rows stay."""
    card = card | {"measured_only": MEASURED_ONLY, "limits": list(LIMITS)}
    sets = measured_sets(data)
    for name, found in card["measured"].items():
        texts = [example.text for example in sets[name]]
        product = np.array([probabilities_of(split_sentences(text) or [""], model) for text in texts])
        found["product"] = _rounded(metrics(np.array([example.label for example in sets[name]]), product))
    return card


def _rounded(values: dict[str, float]) -> dict[str, float]:
    return {name: round(value, 4) for name, value in values.items()}


def latency(model: SentimentModel, tokens: int = MAX_TOKENS, runs: int = 200) -> dict[str, float]:
    """Milliseconds of processor time of one window of that many tokens, on one thread.

    Of several rounds the quietest counts: what else runs on the machine slows even the time of a thread.
    """
    rounds = [_times(model, tokens, runs) for _ in range(_ROUNDS)]
    p50, p95 = min(tuple(np.quantile(times, [0.5, 0.95])) for times in rounds)
    return {"tokens": tokens, "p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}


def _times(model: SentimentModel, tokens: int, runs: int) -> NDArray[np.float64]:
    window = [0, *(100 + 7 * i for i in range(tokens - 2)), 2]
    times = np.zeros(runs)
    for i in range(-5, runs):
        started = time.thread_time()
        model.logits([window])
        times[i] = (time.thread_time() - started) * 1000
    return times
