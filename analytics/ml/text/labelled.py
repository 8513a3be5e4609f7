"""Reads files of labelled texts: CSV or JSON lines, plain or gzipped."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, islice
from pathlib import Path
from typing import Any, Final

from analytics.ml.json_lines import is_json, json_records
from analytics.ml.table import LONGEST_NAME, listed, named_field, open_table, plain_name, read_mapping, without_accents
from analytics.ml.table_errors import NothingToLearnError, TableError
from analytics.ml.text.labels import language_code
from analytics.ml.transactions import NOBODY

Record = dict[str, Any]
SAMPLE: Final = 200
FEWEST_WORDS: Final = 3
LEAST_OF_PART: Final = 5

# As `plain_name` gives them, best first.
FIELDS: Final[Mapping[str, tuple[str, ...]]] = {
    "text": (
        *("text", "message", "review", "reviewtext", "reviewbody", "content", "body", "comment", "commenttext"),
        *("tweet", "tweettext", "sentence", "utterance", "feedback", "document", "query", "question", "description"),
        *("nachricht", "kommentar", "bewertungstext", "frage", "texte", "avis", "commentaire", "texto", "mensaje"),
        *("comentario", "testo", "messaggio", "recensione", "commento", "mensagem", "tekst", "bericht", "wiadomosc"),
        *("opinion", "resena", "rezension", "bewertungstext", "resenha", "avaliacao", "opiniao", "tresc", "opinia"),
    ),
    "label": (
        *("label", "sentiment", "sentimentlabel", "airlinesentiment", "polarity", "topic", "intent", "category"),
        *("class", "rating", "stars", "overall", "score", "target", "tag", "y", "labels", "stimmung", "bewertung"),
        *("sterne", "thema", "kategorie", "note", "sujet", "categorie", "categoria", "tema", "argomento"),
        *("sentimento", "sentimiento", "etiquette", "etiqueta", "etichetta", "valutazione", "valoracion", "puntuacion"),
        *("nota", "classificacao", "punteggio", "stelle", "estrellas", "estrelas", "etoiles", "beoordeling", "ocena"),
        *("klasse", "polaritat", "polarite", "polaridad", "avaliacao"),
    ),
    "lang": ("lang", "language", "languagecode", "langcode", "locale", "sprache", "langue", "idioma", "lingua", "taal"),
}


@dataclass(frozen=True)
class LabelledText:
    """One row of the file; "" where it has no label or names no language. `language` is of two letters."""

    text: str
    label: str
    language: str


def read_labelled(
    path: Path,
    *,
    needed: Sequence[str] = ("text", "label"),
    least: int = 20,
    named: Mapping[str, str] | None = None,
) -> list[LabelledText]:
    """The rows with a text. Columns are found by name, or given by `named` (text, label, lang → header).

    TableError where the file can't be read or lacks a column, NothingToLearnError where fewer than `least` rows have
    a text.
    """
    records = read_records(path)
    first = list(islice(records, SAMPLE))
    fields = _fields(first, path, needed, named or {}) if first else {}
    rows = []
    for record in chain(first, records):
        row = LabelledText(*(_words(record.get(fields.get(field, ""))) for field in FIELDS))
        if row.text.strip():
            rows.append(LabelledText(row.text, row.label.strip(), language_code(row.language)))
    if len(rows) < least:
        words = f"{path.name} has {len(rows)} labelled texts; at least {least} are needed."
        raise NothingToLearnError(words, rows=len(rows))
    return rows


def named_fields(options: Mapping[str, Any], *, target: str = "label") -> dict[str, str]:
    """What --map and --target say of the columns of texts; --target names the column of `target`."""
    named = {target: options["target"]} if options.get("target") else {}
    return named | read_mapping(options.get("map") or ())


def read_records(path: Path) -> Iterator[Record]:
    """Every row by its plain column names; TableError where the file can't be read."""
    if is_json(path):
        return ({plain_name(name): value for name, value in record.items()} for record in json_records(path))
    return _csv_records(path)


def _fields(first: Sequence[Record], path: Path, needed: Sequence[str], named: Mapping[str, str]) -> dict[str, str]:
    """Where text, label and lang stand: field → plain name of the column. TableError where one that is needed lacks.

    A label may be a known word with another around it; a text of no known name is the column with the most words.
    """
    record = first[0]
    names = list(record)
    plain = {without_accents(name): name for name in reversed(names)}
    found = {field: next((plain[name] for name in known if name in plain), None) for field, known in FIELDS.items()}
    for name, wanted in named.items():
        field = named_field(name, FIELDS)
        if plain_name(wanted) not in record:
            raise TableError(f"{path.name} has no column {wanted!r}; its columns are {listed(names)}.")
        found[field] = plain_name(wanted)
    found["label"] = found["label"] or _longer_name(names, FIELDS["label"])
    found["text"] = found["text"] or _wordiest(first, [name for name in names if name not in found.values()])
    if missing := [field for field in needed if found[field] is None]:
        wants = " and ".join(needed)
        known = f"it has {', '.join(name[:LONGEST_NAME] for name in names[:20])}"
        how = "--target COLUMN" if missing == ["label"] else f"--map {missing[0]}=COLUMN"
        raise TableError(f"{path.name} needs the columns {wants}; {known}. Name it with {how}.")
    return {field: name for field, name in found.items() if name is not None}


def _longer_name(names: Sequence[str], known: Sequence[str]) -> str | None:
    """The column whose name begins or ends with a known one, as "Bewertung (1-5)" and "Customer sentiment"."""
    long = [word for word in known if len(word) >= LEAST_OF_PART]
    plain = {name: without_accents(name) for name in names}
    return next(
        (name for word in long for name in names if plain[name].startswith(word) or plain[name].endswith(word)), None
    )


def _wordiest(records: Sequence[Record], names: Sequence[str]) -> str | None:
    """The column that holds texts, by its words a cell; None where none does."""
    words = {name: sum(len(str(record.get(name) or "").split()) for record in records) for name in names}
    best = max(words, key=lambda name: words[name], default=None)
    return best if best is not None and words[best] >= FEWEST_WORDS * len(records) else None


def _words(value: Any) -> str:
    """The value as text; "" for what stands where there is nothing, as NaN."""
    words = "" if value is None else str(value)
    return "" if words.strip().casefold() in NOBODY else words


def _csv_records(path: Path) -> Iterator[Record]:
    with open_table(path) as (header, rows):
        names = [plain_name(name) for name in header]
        yield from (dict(zip(names, [*row, *[""] * len(names)], strict=False)) for row in rows)
