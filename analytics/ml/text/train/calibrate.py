"""Fits what makes the network as sure as it is right: python -m analytics.ml.text.train.calibrate --data DIR --out DIR.

The network stays as it is; only calibration.json is written anew, and what the card says of the sets.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize

from analytics.ml.text import artefact, files
from analytics.ml.text.artefact import Calibration, SentimentModel, shares
from analytics.ml.text.files import CALIBRATION, CARD
from analytics.ml.text.train.card import write_card
from analytics.ml.text.train.examples import SHIPPED, Example
from analytics.ml.text.train.measure import calibration_examples, foreign_examples, measure_again, strange_examples

_SHARPEST: Final = 1.0  # texts of other sources are read with less right: never surer than the network itself
_HIDDEN: Final = -1e4

Floats = NDArray[np.float64]


def fit_calibration(model: SentimentModel, data: Path) -> Calibration:
    """The temperature is fitted to texts of the sources that were learnt from, doubt and slope to texts of others, too.

    How texts of strangers differ can't be learnt from texts like those in training. So both numbers are fitted to
    development splits of sets that are else only measured on, with as much weight as our own held-out texts. Classes
    are not shifted against each other: how many customers are content is another number in every shop.
    """
    known = calibration_examples(data)
    logits, _ = _outputs(model, known)
    steep = minimize(lambda at: _loss(logits * np.exp(at[0]), known, _evenly(known)), [0.0])
    temperature = round(max(_SHARPEST, float(np.exp(-steep.x[0]))), 4)

    strange, own = foreign_examples(data), strange_examples()
    examples = [*strange, *own]
    logits, vectors = _outputs(model, examples)
    weights = np.concatenate([_evenly(strange), _evenly(own)])

    def loss(at: Floats) -> float:
        found = Calibration(temperature, float(at[0]), float(at[1])).applied(logits, vectors)
        return _loss(found.astype(np.float64), examples, weights) + 1e-3 * float(at @ at)

    best = minimize(loss, [0.0, 0.0], method="Nelder-Mead")
    return Calibration(temperature, round(float(best.x[0]), 2), round(float(best.x[1]), 2))


def write_calibration(folder: Path, calibration: Calibration) -> None:
    """calibration.json with the labels and languages; the hashes are not renewed."""
    settings = {"format": artefact.FORMAT, "labels": artefact.LABELS, "languages": SHIPPED}
    settings |= {"temperature": calibration.temperature, "doubt": calibration.doubt, "slope": calibration.slope}
    (folder / CALIBRATION).write_text(json.dumps(settings, indent=1) + "\n", encoding="utf-8")


def _outputs(model: SentimentModel, examples: Sequence[Example]) -> tuple[Any, Any]:
    """Logits and vectors of the first window of each text."""
    return model.uncalibrated([model.tokenizer.encode(example.text)[0] for example in examples])


def _evenly(examples: Sequence[Example]) -> Floats:
    """Weights of sum 1, the same for every (source, language, class): no large set and no frequent class decides."""
    groups = [(example.source, example.language, example.label) for example in examples]
    sizes = Counter(groups)
    return np.array([1 / sizes[group] / len(sizes) for group in groups])


def _loss(logits: Floats, examples: Sequence[Example], weights: Floats) -> float:
    """Weighted logarithmic loss; where a set knows no neutral texts, between the other two classes."""
    seen = logits.copy()
    seen[[not example.knows_neutral for example in examples], 1] = _HIDDEN
    right = shares(seen.astype(np.float32))[np.arange(len(examples)), [example.label for example in examples]]
    return float(-(weights @ np.log(right + 1e-12)) / weights.sum())


def main() -> None:
    parser = argparse.ArgumentParser(prog="analytics.ml.text.train.calibrate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled sets")
    parser.add_argument("--out", type=Path, required=True, help="folder of the artefact")
    options = parser.parse_args()
    calibration = fit_calibration(SentimentModel(options.out), options.data)
    print(calibration, flush=True)
    write_calibration(options.out, calibration)
    files.write_sums(options.out)
    card = json.loads((options.out / CARD).read_text(encoding="utf-8"))
    write_card(options.out, measure_again(card, SentimentModel(options.out), options.data))
    files.write_sums(options.out)


if __name__ == "__main__":
    main()
