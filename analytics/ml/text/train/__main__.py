"""Makes the sentiment artefact anew: python -m analytics.ml.text.train --data ../shared/data/text --out DIR.

It learns once by each recipe and takes the mean of what was learnt. With `--work` a recipe's outcome is kept, so that a
training that was cut short goes on with the next one.
"""

import argparse
import shutil
import tempfile
import time
from collections import Counter
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

import numpy as np
import onnx
import torch
from numpy.typing import NDArray

from analytics.ml.text import files
from analytics.ml.text.artefact import Calibration, SentimentModel, shares
from analytics.ml.text.evaluate import metrics
from analytics.ml.text.files import NETWORK, PIECES
from analytics.ml.text.spelling import as_read
from analytics.ml.text.tokenizer import Tokenizer
from analytics.ml.text.train.calibrate import fit_calibration, write_calibration
from analytics.ml.text.train.card import card_of, write_card
from analytics.ml.text.train.examples import SHIPPED, rows_of, training_examples
from analytics.ml.text.train.export import build_graph
from analytics.ml.text.train.fit import Recipe, average, logits_of
from analytics.ml.text.train.lesson import Lesson, Settings
from analytics.ml.text.train.measure import latency, measure, measured_sets
from analytics.ml.text.train.network import Network
from analytics.ml.text.train.outliers import damping
from analytics.ml.text.train.source import Source, installed_weights, read_source
from analytics.ml.text.train.vocabulary import build_model, choose_pieces

RECIPES: Final = (
    Recipe(epochs=2, rate=1.5e-4, batch=64),
    Recipe(epochs=1, rate=1e-4, batch=48),
)
_LEAST_FOR_PARITY: Final = 100  # texts
COMMAND: Final = "python -m analytics.ml.text.train --data ../shared/data/text --out DIR"


def main() -> None:
    options = _options()
    torch.set_num_threads(options.threads)
    source = read_source(installed_weights())
    examples = training_examples(options.data, seed=options.seed)
    texts = [example.text for example in examples] + [
        row["text"] for row in rows_of(options.data, "xed_polarity", "train")
    ]
    pieces = choose_pieces(source, texts, size=options.pieces)
    vocabulary = build_model(source, pieces)
    tokenizer = Tokenizer(vocabulary, spelling=as_read)
    print(f"{len(examples)} examples, {len(pieces)} pieces", flush=True)
    started = time.monotonic()
    torch.manual_seed(options.seed)
    base = Network(source, pieces, options.layers)
    settings = Settings(seed=options.seed, threads=options.threads, work=options.work)
    lesson = Lesson(base, vocabulary, examples, settings)
    network = average(lesson.learnt_by(RECIPES, processes=options.processes))
    seconds = time.monotonic() - started
    loud = damping(network, tokenizer, texts[:200])
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _write(folder, _graph(network, source, loud), vocabulary, Calibration())
        write_calibration(folder, fit_calibration(SentimentModel(folder), options.data))
        files.write_sums(folder)
        model = SentimentModel(folder)
        sets = measured_sets(options.data)
        card = card_of(
            rows=dict(Counter(example.source for example in examples)),
            training={"command": COMMAND, "seconds": round(seconds), **_settings(options)},
            model=_described(folder, source, options.layers, len(pieces)),
            checks={"int8_parity": _parity(network, model, sets), "latency": latency(model)},
            measured=measure(model, sets, examples),
        )
        write_card(folder, card)
        files.write_sums(folder)
        options.out.mkdir(parents=True, exist_ok=True)
        for path in folder.iterdir():
            shutil.copyfile(path, options.out / path.name)
    print((options.out / "CARD.md").read_text(encoding="utf-8"))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="analytics.ml.text.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder of the labelled sets")
    parser.add_argument("--out", type=Path, required=True, help="folder for the artefact")
    parser.add_argument("--layers", type=int, default=8)
    parser.add_argument("--pieces", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--processes", type=int, default=2, help="recipes learnt at once")
    parser.add_argument("--work", type=Path, help="folder that keeps what was learnt, should the training be cut short")
    return parser.parse_args()


def _settings(options: argparse.Namespace) -> dict[str, Any]:
    settings = {name: getattr(options, name) for name in ("layers", "pieces", "seed", "threads")}
    return settings | {"averaged_of": [asdict(recipe) for recipe in RECIPES]}


def _graph(network: Network, source: Source, loud: dict[str, NDArray[np.float32]]) -> onnx.ModelProto:
    state = {name: value.detach().numpy() for name, value in network.state_dict().items()}
    return build_graph(state, loud, layers=len(network.layers), heads=source.heads, epsilon=source.epsilon)


def _write(folder: Path, graph: onnx.ModelProto, vocabulary: bytes, calibration: Calibration) -> None:
    onnx.save(graph, folder / NETWORK)
    (folder / PIECES).write_bytes(vocabulary)
    write_calibration(folder, calibration)
    files.write_sums(folder)


def _described(folder: Path, source: Source, layers: int, pieces: int) -> dict[str, Any]:
    return {
        "architecture": f"{layers} layers of width {source.width}, {pieces} pieces, mean pooling, three classes",
        "precision": "table 4 bits as published, layers 8 bits, attention in float",
        "megabytes": round(sum(path.stat().st_size for path in folder.iterdir()) / 1e6, 2),
        "languages": list(SHIPPED),
    }


def _parity(network: Network, model: SentimentModel, sets: dict[str, Any]) -> dict[str, float]:
    """Points of accuracy that the exported network loses against the trained one, mean and worst over the sets.

    Sets in which one text is more than a point are left out.
    """
    lost = []
    for examples in (examples for examples in sets.values() if len(examples) >= _LEAST_FOR_PARITY):
        texts, labels = [example.text for example in examples], np.array([example.label for example in examples])
        trained = shares(logits_of(network, model.tokenizer, texts, exact=True))
        exported = shares(model.uncalibrated([model.tokenizer.encode(text)[0] for text in texts])[0])
        lost.append(100 * (metrics(labels, trained)["accuracy"] - metrics(labels, exported)["accuracy"]))
    return {"mean_points": round(float(np.mean(lost)), 2), "worst_points": round(float(np.max(lost)), 2)}


if __name__ == "__main__":
    main()
