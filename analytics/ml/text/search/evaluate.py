"""Measures search on any file of questions and answers, beside search by words alone and by meaning alone."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from analytics.ml.measuring import EvaluatedTask, Result, drawn, drawn_first, peak_mb, plain_gain, sampled
from analytics.ml.metrics import bootstrap_gain
from analytics.ml.table import listed, named_field, plain_name
from analytics.ml.table_errors import NothingToLearnError, TableError
from analytics.ml.text.labelled import Record, named_fields, read_records
from analytics.ml.text.meaning import MeaningModel, meaning_model
from analytics.ml.text.search.index import Index, Text, passages

FEWEST_TEXTS, FEWEST_QUERIES = 5, 20
MOST_QUERIES: Final = 2000
MOST_TEXTS: Final = 4000
NEEDS: Final = "kind (doc or query), text, doc and id; or question and answer"

DOCS, QUERIES = ("doc", "document", "passage", "faq"), ("query", "question")
# As `plain_name` gives them, best first.
PAIRS: Final[Mapping[str, tuple[str, ...]]] = {
    "question": (
        *("question", "query", "frage", "pregunta", "domanda", "pergunta", "vraag", "pytanie", "utterance", "q"),
        *("questiontext", "questiontitle", "questionbody", "faqquestion", "userquestion", "customerquestion"),
    ),
    "answer": (
        *("answer", "passage", "document", "response", "reply", "antwort", "réponse", "reponse", "respuesta"),
        *("risposta", "resposta", "antwoord", "odpowiedź", "odpowiedz", "a"),
        *("answertext", "answerbody", "faqanswer", "acceptedanswer", "bestanswer"),
    ),
}

Ranks = NDArray[np.int64]


@dataclass(frozen=True)
class _Asked:
    query: str
    wanted: int


def evaluate_search(
    path: Path,
    *,
    model: MeaningModel | None = None,
    seed: int = 0,
    named: Mapping[str, str] | None = None,
) -> Result:
    """Find the text that answers each query.

    The file has rows of kind doc (id, text, answer) and query (text, doc: the id that answers it), or of question and
    answer: then the answers are the texts, and the questions the queries; `named` says which columns these are.
    TableError in clear words otherwise.
    """
    every, queries, rows = _read(path, named or {})
    texts, asked = _some(every, queries, seed=seed)
    with threadpool_limits(limits=1):
        encoder = model or meaning_model()
        started = time.perf_counter()
        parts = [passages(text) for text in texts]
        owners = np.repeat(np.arange(len(texts)), [len(part) for part in parts])
        index = Index(texts, encoder.vectors([one for part in parts for one in part]), owners)
        took = time.perf_counter() - started
        ranks, milliseconds = _search(index, encoder, asked)
    product = ranks.pop("product")
    best = max(ranks, key=lambda name: float((ranks[name] < 3).mean()))
    gain = bootstrap_gain(lambda at: float((product[at] < 3).mean() - (ranks[best][at] < 3).mean()), len(asked))
    p50, p95 = np.quantile(milliseconds, [0.5, 0.95])
    speed = {"p50_ms": round(float(p50), 2), "p95_ms": round(float(p95), 2)}
    view = {
        "rows": len(asked),
        "product": _metrics(product) | speed,
        "baselines": {name: _metrics(found) for name, found in ranks.items()},
        "gain": {"metric": "recall3", "against": best, **plain_gain(gain)},
    }
    return {
        "task": "search", "rows": rows, "texts": len(texts), "views": {"all": view}, "refused": None,
        "sampled": _sampled(len(asked), len(queries), len(texts), len(every)),
        "fit_seconds": round(took, 2), "peak_mb": round(peak_mb(), 1),
    }  # fmt: skip


def _read(path: Path, named: Mapping[str, str]) -> tuple[list[Text], list[_Asked], int]:
    """The texts, the queries, and how many lines the file has."""
    records = list(read_records(path))
    columns = {name: None for record in records for name in record}
    at = {field: next((name for name in known if name in columns), "") for field, known in PAIRS.items()}
    for name, wanted in named.items():
        if plain_name(wanted) not in columns:
            raise TableError(f"{path.name} has no column {wanted!r}; its columns are {listed(list(columns))}.")
        at[named_field(name, PAIRS)] = plain_name(wanted)
    if columns.keys() >= {"kind", "text", "doc"} and not named:
        texts, asked = _of_kinds(records)
    elif all(at.values()):
        texts, asked = _of_pairs(records, at)
    elif not records:
        raise NothingToLearnError(f"{path.name} has no lines.")
    else:
        raise TableError(f"{path.name} needs the columns {NEEDS}; its columns are {listed(list(columns))}.")
    if len(texts) < FEWEST_TEXTS or len(asked) < FEWEST_QUERIES:
        there = f"{path.name} has {len(texts)} texts and {len(asked)} queries"
        words = f"{there}; at least {FEWEST_TEXTS} and {FEWEST_QUERIES} are needed."
        raise NothingToLearnError(words, rows=len(records))
    return texts, asked, len(records)


def _some(texts: list[Text], asked: list[_Asked], *, seed: int) -> tuple[list[Text], list[_Asked]]:
    """At most 2,000 queries, drawn by the seed, the texts that answer them, and others up to 4,000 texts in all."""
    queries = [asked[at] for at in drawn(len(asked), MOST_QUERIES, seed=seed)]
    wanted = np.unique([one.wanted for one in queries])
    others = np.setdiff1d(np.arange(len(texts)), wanted)
    chosen = drawn_first(wanted, others, max(MOST_TEXTS, len(wanted)), seed=seed)
    kept = {int(at): place for place, at in enumerate(chosen)}
    return [texts[at] for at in kept], [_Asked(one.query, kept[one.wanted]) for one in queries]


def _sampled(asked: int, queries: int, kept: int, texts: int) -> str | None:
    parts = (sampled(asked, queries, "queries"), sampled(kept, texts, "texts"))
    return "; ".join(part for part in parts if part) or None


def _of_kinds(records: Sequence[Record]) -> tuple[list[Text], list[_Asked]]:
    kinds = [str(record.get("kind") or "").strip().casefold() for record in records]
    docs = [record for record, kind in zip(records, kinds, strict=True) if kind in DOCS]
    place = {str(record.get("id")): at for at, record in enumerate(docs)}
    texts = [Text(str(record.get("text") or ""), str(record.get("answer") or "")) for record in docs]
    asked = [
        _Asked(str(record["text"]), place[str(record["doc"])])
        for record, kind in zip(records, kinds, strict=True)
        if kind in QUERIES and str(record.get("doc")) in place and str(record.get("text") or "").strip()
    ]
    return texts, asked


def _of_pairs(records: Sequence[Record], at: Mapping[str, str]) -> tuple[list[Text], list[_Asked]]:
    answers: dict[str, int] = {}
    asked = []
    for record in records:
        question, answer = (str(record.get(at[field]) or "").strip() for field in ("question", "answer"))
        if question and answer:
            asked.append(_Asked(question, answers.setdefault(answer, len(answers))))
    return [Text("", answer) for answer in answers], asked


def _search(
    index: Index, encoder: MeaningModel, asked: Sequence[_Asked]
) -> tuple[dict[str, Ranks], NDArray[np.float64]]:
    """The rank of the wanted text from 0, by method; a tie counts against."""
    ranks: dict[str, Ranks] = {name: np.zeros(len(asked), np.int64) for name in ("product", "bm25", "meaning")}
    milliseconds = np.zeros(len(asked))
    for at, one in enumerate(asked):
        started = time.perf_counter()
        vector = encoder.vectors([one.query])[0]
        scores = {"product": index.scores(one.query, vector)}
        milliseconds[at] = (time.perf_counter() - started) * 1000
        scores |= {"bm25": index.by_words(one.query), "meaning": index.by_meaning(vector)}
        for name, found in scores.items():
            ranks[name][at] = int((found >= found[one.wanted]).sum()) - 1
    return ranks, milliseconds


def _metrics(ranks: Ranks) -> dict[str, Any]:
    return {
        "recall1": float((ranks < 1).mean()),
        "recall3": float((ranks < 3).mean()),
        "recall10": float((ranks < 10).mean()),
        "mrr10": float(np.where(ranks < 10, 1 / (ranks + 1), 0).mean()),
    }


SEARCH = EvaluatedTask(
    "search",
    "which text answers a question",
    lambda options: evaluate_search(options["data"], named=named_fields(options, target="answer")),
    lambda result: f"search: {result['texts']} texts, {result['rows']} queries",
    uses=("target",),
)
