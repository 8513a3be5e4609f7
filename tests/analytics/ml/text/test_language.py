"""The language of a text, with unknown as an answer."""

import gzip
import json

import pytest

from analytics.ml.text.language import SHIPPED, identify_language
from tests.data import shared_data


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Where is my parcel?", "en"),
        ("Wo bleibt mein Paket?", "de"),
        ("¿Dónde está mi paquete?", "es"),
        ("Où est mon colis ?", "fr"),
        ("Dov'è il mio pacco?", "it"),
        ("Onde está a minha encomenda?", "pt"),
        ("Waar is mijn pakket?", "nl"),
        ("Gdzie jest moja paczka?", "pl"),
        ("WO IST MEIN PAKET UND WARUM ANTWORTET NIEMAND", "de"),
        ("Mein Paket https://example.com/track/where/is/my/parcel fehlt noch immer", "de"),
    ],
)
def test_short_questions_are_recognised(text: str, language: str) -> None:
    assert identify_language(text).language == language


@pytest.mark.parametrize("text", ["", "123 456", "???", "👍", "a@example.com", "https://example.com"])
def test_without_words_the_language_is_unknown(text: str) -> None:
    assert identify_language(text).language is None


def test_a_hint_settles_what_is_too_short() -> None:
    assert identify_language("Merci, bonne journée", hint=["fr"]).language == "fr"
    assert identify_language("Danke!", hint=["de"]).language == "de"


def test_a_hint_does_not_outweigh_a_clear_text() -> None:
    assert identify_language("Gdzie jest moja paczka? Czekam od tygodnia.", hint=["en"]).language == "pl"


def test_an_unknown_hint_is_ignored() -> None:
    assert identify_language("Where is my parcel?", hint=["xx", ""]).language == "en"


def test_languages_of_real_sentences_are_nearly_all_right() -> None:
    path = shared_data("text/xed_polarity/data.jsonl.gz")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    rows = [r for r in rows if r["split"] == "test" and r["lang"] in SHIPPED and len(r["text"].split()) > 3][::9]
    right = sum(identify_language(row["text"]).language == row["lang"] for row in rows)
    assert right / len(rows) > 0.96
