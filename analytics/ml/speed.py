"""How large each network is, how long it takes to load, and how fast it answers: for one row and for many.

Times are of the processor: each network has one thread, and what else the machine does is not counted.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from analytics.ml.artefact import read_artefact
from analytics.ml.inputs import NAMES as INPUT_NAMES
from analytics.ml.score import OUTPUTS
from analytics.ml.session import Network
from analytics.ml.tabular.scorer import YES
from analytics.ml.text import artefact, language, meaning
from analytics.ml.text.files import FOLDER as SENTIMENT_FOLDER
from analytics.ml.text.reading import read_message

ROUNDS: Final = 200
MANY_ROWS, MANY_TEXTS = 100_000, 32
MESSAGE: Final = (
    "Hello, my parcel was due on Monday and has still not arrived. I wrote to you twice and nobody answers. "
    "Please tell me where it is, or send my money back."
)

Answer = Callable[[int], object]  # of so many rows


@dataclass(frozen=True)
class Speed:
    """Size on disk, processor time to load and to answer: half of the single answers take at most `p50_ms`."""

    name: str
    kilobytes: int
    load_ms: float
    p50_ms: float
    p95_ms: float
    many: int
    many_ms: float


def shipped_speeds(*, rounds: int = ROUNDS) -> Iterator[Speed]:
    """Of what is shipped: how a message sounds, what it means, in which language it is."""
    yield _measured("sentiment", _size(SENTIMENT_FOLDER), _sentiment, MANY_TEXTS, rounds)
    yield _measured("meaning", _size(meaning.FOLDER), _meaning, MANY_TEXTS, rounds)
    yield _measured("language", _language_size(), _language, MANY_TEXTS, rounds)


def trained_speed(name: str, folder: Path, *, rounds: int = ROUNDS) -> Speed:
    """Of a network that was trained here; ArtefactError where it must not serve."""
    return _measured(name, _size(folder), lambda: _trained(folder), MANY_ROWS, rounds)


def _measured(name: str, size: int, load: Callable[[], Answer], many: int, rounds: int) -> Speed:
    answer, load_ms = _timed(load)
    answer(1)  # what is made on first use is not counted
    single = [_timed(lambda: answer(1))[1] for _ in range(rounds)]
    p50, p95 = (round(float(one), 3) for one in np.quantile(single, [0.5, 0.95]))
    return Speed(name, round(size / 1024), round(load_ms, 1), p50, p95, many, round(_timed(lambda: answer(many))[1], 1))


def _timed(work: Callable[[], Any]) -> tuple[Any, float]:
    started = time.process_time()
    found = work()
    return found, (time.process_time() - started) * 1000


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def _language_size() -> int:
    from py3langid import langid

    file: Path = Path(langid.__file__).parent / langid.MODEL_FILE
    return file.stat().st_size


def _sentiment() -> Answer:
    model = artefact.SentimentModel(SENTIMENT_FOLDER)

    def answer(many: int) -> None:
        for _ in range(many):
            read_message(MESSAGE, languages_hint=["en"], model=model)

    language.identify_language(MESSAGE)  # its tables are counted by themselves
    return answer


def _meaning() -> Answer:
    model = meaning.MeaningModel(meaning.FOLDER)
    return lambda many: model.vectors([MESSAGE] * many)


def _language() -> Answer:
    language.forget_identifier()
    language.identify_language(MESSAGE)
    return lambda many: [language.identify_language(MESSAGE) for _ in range(many)]


def _trained(folder: Path) -> Answer:
    content, card = read_artefact(folder)
    width = len(card["centre"]) if "centre" in card else len(INPUT_NAMES)
    network = Network(content, OUTPUTS.get(str(card["task"]), [YES]), width=width)
    rows = np.random.default_rng(0).normal(size=(MANY_ROWS, width)).astype(np.float32)
    return lambda many: network.margins(rows[:many])
