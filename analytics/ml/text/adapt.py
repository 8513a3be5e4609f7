"""Fits a head to what colleagues and customers said of a shop's messages, and keeps it only where it is better."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

import numpy as np
from numpy.typing import NDArray

from analytics.ml.metrics import bootstrap_gain
from analytics.ml.text.artefact import LABELS, SentimentModel
from analytics.ml.text.evaluate import macro_f1
from analytics.ml.text.head import Head, fit_head
from analytics.ml.text.reading import plain_text
from analytics.ml.text.train.examples import own_messages, own_voices

LEAST_SAID: Final = 20  # messages of which somebody said how they sound
WHOLE_HEAD: Final = 50  # from so many on more than a shift of the three classes is learnt
_PENALTIES: Final = (0.1, 0.3, 1.0, 3.0, 10.0)
_STRENGTHS: Final = (1.0, 0.5, 0.25)
_FIFTH: Final = 5


@dataclass(frozen=True)
class Said:
    """A message with what it sounds like; `weight` is higher where a colleague said so than where a rating tells."""

    text: str
    mood: str
    weight: float


@dataclass(frozen=True)
class Outcome:
    """What should serve now: `head` is None for the shipped model.

    `reason` is "better" for a new head and "kept" for the one that serves already, else why the shipped model does:
    "too_few", "not_better" or "harms_others".
    """

    head: Head | None
    reason: str
    figures: dict[str, Any]


@dataclass(frozen=True)
class _Seen:
    """What the network makes of labelled texts: vectors [n, width], logits [n, 3], labels [n], weights [n]."""

    vectors: NDArray[np.float32]
    logits: NDArray[np.float32]
    labels: NDArray[np.int64]
    weights: NDArray[np.float64]

    def at(self, rows: NDArray[np.intp]) -> "_Seen":
        return _Seen(self.vectors[rows], self.logits[rows], self.labels[rows], self.weights[rows])

    def without_vectors(self) -> "_Seen":
        """The same, of which only a shift of the three classes can be learnt."""
        return _Seen(np.zeros_like(self.vectors), self.logits, self.labels, self.weights)

    def f1(self, head: Head | None) -> float:
        """Macro-F1 of the network with this head."""
        return macro_f1(self.labels, self.scores(head))

    def scores(self, head: Head | None) -> NDArray[np.float64]:
        """Values [n, 3] whose largest is the class."""
        logits = np.asarray(self.logits if head is None else self.logits + head.shift(self.vectors), np.float64)
        return np.asarray(np.exp(logits - logits.max(axis=1, keepdims=True)))


_OWN_SEEN: Final = WeakKeyDictionary[SentimentModel, tuple[_Seen, _Seen]]()


def adapt(said: Sequence[Said], *, model: SentimentModel, serving: Head | None = None) -> Outcome:
    """Learn from the older four fifths, oldest first, and judge on the newest fifth, which nothing was learnt from.

    The head must beat what serves now by more than one standard error of macro-F1 there, and must not lose as much on
    the texts that were held out from the shipped model; where it does, it is tried with half and a quarter of its
    strength. One that serves already stays while it is better than the shipped model there and harms no others.
    """
    figures: dict[str, Any] = {"messages": len(said), "said": sum(one.weight > 1 for one in said)}
    figures["is_shift"] = len(said) < WHOLE_HEAD
    cut = len(said) - len(said) // _FIFTH
    if len(said) < LEAST_SAID or len({one.mood for one in said[cut:]}) < 2:
        return Outcome(None, "too_few", figures)
    seen, (others, known) = _seen(said, model), _own_seen(model)
    older, newest = seen.at(np.arange(cut)), seen.at(np.arange(cut, len(said)))
    if figures["is_shift"]:
        older, known = older.without_vectors(), known.without_vectors()
    fitted = _fitted(older, known, _penalty(older, known))
    serving = _still_good(serving, newest, others)
    reason = "not_better"
    for head in (fitted.weakened(strength) for strength in _STRENGTHS):
        found = _compared(newest, others, serving, head)
        if found["gain"] > found["standard_error"]:
            if not _harms(found):
                return Outcome(head, "better", figures | found)
            reason = "harms_others"
    return Outcome(serving, "kept" if serving else reason, figures | _compared(newest, others, serving, fitted))


def _still_good(serving: Head | None, newest: "_Seen", others: "_Seen") -> Head | None:
    """What serves now, where the shipped model is not as good."""
    if serving is None:
        return None
    is_better = newest.f1(serving) > newest.f1(None) and not _harms(_compared(newest, others, None, serving))
    return serving if is_better else None


def _own(*, held_out: bool) -> list[Said]:
    """Texts in all languages that were written for the shipped model: some of those held out, or of those it learnt."""
    messages, voices = own_messages(held_out=held_out), own_voices(held_out=held_out)
    chosen = [*messages, *voices[::2]] if held_out else [*messages[::3], *voices[::12]]
    return [Said(one.text, LABELS[one.label], 1) for one in chosen]


def _own_seen(model: SentimentModel) -> tuple[_Seen, _Seen]:
    """Texts that the shipped model has not learnt from, and some that it has; read once while it is loaded."""
    if model not in _OWN_SEEN:
        _OWN_SEEN[model] = _seen(_own(held_out=True), model), _seen(_own(held_out=False), model)
    return _OWN_SEEN[model]


def _seen(said: Sequence[Said], model: SentimentModel) -> _Seen:
    outputs = [model.outputs([model.tokenizer.encode(plain_text(one.text))[0]]) for one in said]
    return _Seen(
        np.concatenate([vectors for _, vectors in outputs]),
        np.concatenate([logits for logits, _ in outputs]),
        np.array([LABELS.index(one.mood) for one in said]),
        np.array([one.weight for one in said]),
    )


def _fitted(seen: _Seen, known: _Seen, penalty: float) -> Head:
    """Learnt from the shop's messages and, with as much weight, from known ones: what was right is not unlearnt."""
    share = seen.weights.sum() / len(known.labels)
    return fit_head(
        np.concatenate([seen.vectors, known.vectors]),
        np.concatenate([seen.logits, known.logits]),
        np.concatenate([seen.labels, known.labels]),
        [*seen.weights, *[share] * len(known.labels)],
        penalty=penalty,
    )


def _penalty(seen: _Seen, known: _Seen) -> float:
    """The one that does best on the newer quarter of what is learnt from."""
    cut = len(seen.labels) * 3 // 4
    learnt, judged = seen.at(np.arange(cut)), seen.at(np.arange(cut, len(seen.labels)))
    return max(_PENALTIES, key=lambda penalty: (judged.f1(_fitted(learnt, known, penalty)), penalty))


def _compared(newest: _Seen, others: _Seen, serving: Head | None, head: Head) -> dict[str, float]:
    """What serves now against a head on the newest messages, and the shipped model against it on its own hold-out."""
    gain, error = _gain(newest, serving, head)
    others_gain, others_error = _gain(others, None, head)
    return {
        "before": newest.f1(serving),
        "after": newest.f1(head),
        "gain": gain,
        "standard_error": error,
        "others_before": others.f1(None),
        "others_after": others.f1(head),
        "others_gain": others_gain,
        "others_standard_error": others_error,
    }


def _gain(seen: _Seen, before: Head | None, after: Head) -> tuple[float, float]:
    """Macro-F1 that one head has more than another, and its standard error."""
    theirs, ours = seen.scores(before), seen.scores(after)
    gain = bootstrap_gain(
        lambda rows: macro_f1(seen.labels[rows], ours[rows]) - macro_f1(seen.labels[rows], theirs[rows]),
        len(seen.labels),
    )
    return gain.value, gain.error


def _harms(found: dict[str, float]) -> bool:
    """It loses on texts in general, by more than chance alone does."""
    return found["others_gain"] < -found["others_standard_error"]
