import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.ml.artefact import ArtefactError
from analytics.ml.evaluate import main
from analytics.ml.text import meaning
from analytics.ml.text.meaning import FOLDER, MeaningModel, meaning_model
from analytics.ml.text.search.evaluate import evaluate_search
from analytics.ml.text.search.index import Index, Text, Words, passages
from analytics.ml.text.topics.evaluate import evaluate_topics
from analytics.ml.text.topics.tagger import SURE, TopicTagger, read_tagger
from tests.data import shared_data

EXAMPLES = {
    "delivery": (
        "My parcel has not arrived yet", "Where is my order, it should be here", "The courier lost my package",
        "Delivery is two weeks late", "When will you ship my order?", "Tracking has not moved for days",
    ),
    "invoice": (
        "I need an invoice with our VAT number", "The invoice has a wrong address", "You charged my card twice",
        "Please send the bill again", "Can we pay by bank transfer?", "I was billed for something I did not order",
    ),
    "defect": (
        "The handle of the mug broke off", "The teapot leaks", "It arrived with a crack", "The lamp stopped working",
        "The glass was shattered in the box", "One of the bowls is chipped",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def tagger() -> TopicTagger:
    texts, topics = zip(*((text, topic) for topic, found in EXAMPLES.items() for text in found), strict=True)
    return TopicTagger().fit(texts, meaning_model().vectors(texts), topics)


def topics_of(tagger: TopicTagger, texts: list[str]) -> list[str]:
    return [str(tagger.names_[at]) for at in tagger.tag(texts, meaning_model().vectors(texts)).best]


def test_near_in_meaning_is_near_in_angle_in_any_language() -> None:
    parcel, paket, love = meaning_model().vectors(["Where is my parcel?", "Wo ist mein Paket?", "I love this teapot"])
    assert np.linalg.norm(parcel) == pytest.approx(1, abs=1e-4)
    assert parcel @ paket > parcel @ love + 0.05


def test_a_changed_network_is_refused(tmp_path: Path) -> None:
    for path in FOLDER.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    content = bytearray((tmp_path / meaning.NETWORK).read_bytes())
    content[len(content) // 2] ^= 1
    (tmp_path / meaning.NETWORK).write_bytes(content)
    with pytest.raises(ArtefactError, match="restore the shipped file"):
        MeaningModel(tmp_path)


def test_six_examples_are_enough_for_plain_topics(tagger: TopicTagger) -> None:
    asked = ["My package is still not here", "The bill is wrong", "The cup came broken"]
    assert topics_of(tagger, asked) == ["delivery", "invoice", "defect"]


def test_a_topic_learnt_in_english_is_told_in_german(tagger: TopicTagger) -> None:
    asked = ["Mein Paket ist immer noch nicht angekommen", "Die Kanne ist kaputt angekommen"]
    assert topics_of(tagger, asked) == ["delivery", "defect"]


def test_what_it_has_not_seen_is_less_sure(tagger: TopicTagger) -> None:
    seen, strange = ["My parcel is late"], ["Are dogs allowed in your café?"]
    sure, unsure = (tagger.tag(texts, meaning_model().vectors(texts)).chance[0] for texts in (seen, strange))
    assert sure > SURE
    assert sure > unsure


def test_a_kept_tagger_tags_as_before(tagger: TopicTagger) -> None:
    texts = ["My parcel is late", "The teapot is cracked"]
    vectors = meaning_model().vectors(texts)
    before, after = tagger.tag(texts, vectors), read_tagger(tagger.to_bytes()).tag(texts, vectors)
    assert before.best.tolist() == after.best.tolist()
    np.testing.assert_allclose(before.chance, after.chance, atol=1e-3)


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 nothing", b"\x00" * 100])
def test_bytes_that_are_no_tagger_are_refused(content: bytes) -> None:
    with pytest.raises(ArtefactError, match="can't be read"):
        read_tagger(content)


def test_one_topic_alone_is_refused() -> None:
    with pytest.raises(ValueError, match="At least two topics"):
        TopicTagger().fit(["a b", "c d", "e f"], np.ones((3, 4), np.float32), ["x"] * 3)


def test_the_object_printed_is_as_promised(tmp_path: Path, capsys: Any) -> None:
    path = tmp_path / "topics.jsonl"
    rows = [{"text": text, "label": topic} for topic, found in EXAMPLES.items() for text in found]
    rows += [{"text": f"Question {n} about dogs", "label": "oos"} for n in range(4)]
    path.write_text("\n".join(map(json.dumps, rows)))
    assert main(["topics", "--data", str(path), "--json"]) == 0
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert {"task", "rows", "views", "refused", "fit_seconds", "peak_mb"} <= result.keys()
    view = result["views"]["all"]
    assert {"accuracy", "macro_f1", "ece", "coverage", "precision", "oos_auc", "p50_ms", "p95_ms"} <= set(
        view["product"]
    )
    assert set(view["baselines"]) == {"majority", "tfidf_lr"}


@pytest.mark.parametrize(
    ("task", "lines", "words"),
    [
        ("topics", ["text,label", *["hello there,a"] * 30], "1 topics with 5 texts"),
        ("topics", ["text,label", "a,b"], "at least 20"),
        ("search", ["text,label", "a,b"], "needs the columns"),
        ("search", ["question,answer", "a,b"], "1 texts and 1 queries"),
    ],
)
def test_a_file_that_cannot_be_used_is_refused_in_words(
    task: str, lines: list[str], words: str, tmp_path: Path, capsys: Any
) -> None:
    path = tmp_path / "file.csv"
    path.write_text("\n".join(lines))
    assert main([task, "--data", str(path), "--json"]) == (2 if "columns" in words else 0)
    assert words in json.loads(capsys.readouterr().out.splitlines()[-1])["refused"]


def test_long_texts_are_found_by_each_of_their_passages() -> None:
    assert passages(Text("Title", "")) == ["Title"]
    parts = passages(Text("Title", "word " * 130))
    assert [len(part.split()) for part in parts] == [61, 61, 11]


def test_exact_words_and_meaning_find_together() -> None:
    texts = [
        Text("Returns", "Send it back within 30 days."),
        Text("Order R-2044", "Two mugs."),
        Text("Opening hours", ""),
    ]
    vectors = meaning_model().vectors([part for text in texts for part in passages(text)])
    index = Index(texts, vectors, np.arange(3))
    for query, wanted in (("R-2044", 1), ("Kann ich die Ware zurückgeben?", 0), ("when are you open", 2)):
        assert index.scores(query, meaning_model().vectors([query])[0]).argmax() == wanted


def test_an_unknown_word_finds_nothing_by_words() -> None:
    assert not Words([Text("Tea", "green"), Text("Cup", "blue")]).scores("zebra").any()


def some_of(name: str, tmp_path: Path, keep: Callable[[int, dict[str, Any]], bool]) -> Path:
    """A part of a public file, which takes seconds."""
    with gzip.open(shared_data(f"text/{name}/data.jsonl.gz"), "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    path = tmp_path / f"{name}.jsonl"
    path.write_text("\n".join(json.dumps(row) for at, row in enumerate(rows) if keep(at, row)), encoding="utf-8")
    return path


@pytest.mark.slow
def test_search_is_better_than_by_words_alone(tmp_path: Path) -> None:
    path = some_of("stackfaq", tmp_path, lambda at, row: int(row["doc" if row["kind"] == "query" else "id"]) < 40)
    view = evaluate_search(path)["views"]["all"]
    assert view["product"]["recall3"] > 0.9
    assert view["product"]["recall3"] > view["baselines"]["bm25"]["recall3"] + 0.03


def test_bank_questions_are_told_apart_from_ten_examples_each(tmp_path: Path) -> None:
    path = some_of("banking77", tmp_path, lambda at, row: row["label"][0] in "abc" and at % 6 == 0)
    view = evaluate_topics(path)["views"]["all"]
    assert view["product"]["accuracy"] > 0.8
    assert view["product"]["ece"] < 0.06
    assert view["gain"]["low"] > 0.03
