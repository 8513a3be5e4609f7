"""Reads the sentiment of a message: class, calibrated probabilities, language and the sentence that shows it."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Protocol

import numpy as np

from analytics.ml.text.artefact import LABELS, Probabilities, shipped_model
from analytics.ml.text.language import ADDRESS, identify_language
from analytics.ml.text.tokenizer import Tokenizer

_MOST_CHARACTERS: Final = 8000
_MOST_WINDOWS: Final = 12
_MOST_SENTENCES: Final = 12
_LEAST_WORDS: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_SENTENCE: Final = re.compile(r"[^\n.!?…]*(?:[.!?…]+(?=\S)[^\n.!?…]*)*(?:[.!?…]+[\"'»“”)\]]*|\n|$)")
_SKIPPED: Final = re.compile(rf"https?://\S+|www\.\S+|{ADDRESS}")


class Reader(Protocol):
    """A model that tells how windows of token ids sound: the shipped one, or one fitted to a shop."""

    languages: tuple[str, ...]
    tokenizer: Tokenizer

    def probabilities(self, windows: list[list[int]]) -> Probabilities: ...


class NoReading(StrEnum):
    """Why a message got no sentiment."""

    TOO_SHORT = "too_short"
    UNKNOWN_LANGUAGE = "unknown_language"
    UNSUPPORTED_LANGUAGE = "unsupported_language"


@dataclass(frozen=True)
class Reading:
    """What a message says; without a sentiment `reason_for_none` tells why.

    `probabilities` are of negative, neutral, positive; `score` is p(positive) - p(negative), from -1 to 1.
    `evidence` is the sentence that speaks most for the class, in the message's own words.
    """

    sentiment: str | None
    probabilities: dict[str, float]
    score: float
    language: str | None
    evidence: str
    reason_for_none: NoReading | None


def read_message(text: str, *, languages_hint: Iterable[str] | None = None, model: Reader | None = None) -> Reading:
    """Read a message that is already free of quotations and signature.

    `languages_hint` names the languages of the sender's earlier messages. Fewer than four words, an unknown language,
    or one that the model was not made for: no sentiment. ArtefactError where the shipped model is missing or changed.
    """
    model = model or shipped_model()
    plain = plain_text(text)
    language, reason = _readable(plain, languages_hint, model)
    if reason is not None:
        return Reading(None, {}, 0.0, language, "", reason)
    sentences = split_sentences(plain)
    probabilities = probabilities_of(sentences, model)
    best = int(probabilities.argmax())
    return Reading(
        sentiment=LABELS[best],
        probabilities=dict(zip(LABELS, probabilities.tolist(), strict=True)),
        score=float(probabilities[2] - probabilities[0]),
        language=language,
        evidence=_evidence(sentences, best, model),
        reason_for_none=None,
    )


def can_read(text: str, *, languages_hint: Iterable[str] | None, model: Reader) -> bool:
    """Whether `read_message` would give a sentiment."""
    return _readable(plain_text(text), languages_hint, model)[1] is None


def plain_text(text: str) -> str:
    """The start of the text that is read, without links and addresses."""
    whole = text[:_MOST_CHARACTERS].encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no text
    return _SKIPPED.sub(" ", whole).strip()


def _readable(plain: str, languages_hint: Iterable[str] | None, model: Reader) -> tuple[str | None, NoReading | None]:
    """(language, why there is no reading)."""
    language = identify_language(plain, hint=languages_hint).language
    if len(_WORD.findall(plain)) < _LEAST_WORDS:
        return language, NoReading.TOO_SHORT
    if language is None:
        return None, NoReading.UNKNOWN_LANGUAGE
    return language, None if language in model.languages else NoReading.UNSUPPORTED_LANGUAGE


def split_sentences(text: str) -> list[str]:
    """Sentences and lines of the text, without empty ones."""
    return [part for match in _SENTENCE.finditer(text) if (part := match.group().strip())]


def probabilities_of(sentences: list[str], model: Reader) -> Probabilities:
    """Probabilities [3] of a text given as sentences: windows count by length and by how little neutral they are."""
    windows = model.tokenizer.windows(sentences)[:_MOST_WINDOWS]
    each = model.probabilities(windows)
    weights = np.array([len(window) for window in windows]) * (1.25 - each[:, 1])
    return np.asarray(weights @ each / weights.sum())


def _evidence(sentences: list[str], label: int, model: Reader) -> str:
    """The sentence likeliest to be of this class; of many sentences the first and the last ones are looked at."""
    if len(sentences) > _MOST_SENTENCES:
        sentences = [*sentences[: _MOST_SENTENCES - 4], *sentences[-4:]]
    telling = [sentence for sentence in sentences if len(_WORD.findall(sentence)) > 1] or sentences
    if len(telling) == 1:
        return telling[0]
    chances = model.probabilities([model.tokenizer.encode(sentence)[0] for sentence in telling])
    return telling[int(chances[:, label].argmax())]
