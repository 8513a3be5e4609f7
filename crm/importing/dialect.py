"""Which sign parts the cells and which one quotes them, judged by how table-like the outcome is.

Own version of the data-consistency measure of van den Burg, Nazábal and Sutton, "Wrangling messy CSV files by
detecting row and type patterns" (2019): a dialect is good when rows are equally long and cells are of known types.
"""

import io
import re
from collections import Counter

from crm.importing.records import Dialect, Record, read_records

DELIMITERS = (",", ";", "\t", "|", ":", "^", "~", "\x1f")
SAMPLE_RECORDS = 300
TYPED = re.compile(
    r"""
    [-+]?[€$£¥]?\s?\d+(?:[.,]\d+)?\s?[€%]?            # a plain number
    | [-+]?\d{1,3}(?:[.,'\u00a0 ]\d{3})+(?:[.,]\d+)?  # a grouped number
    | \d{1,4}[-/.]\d{1,2}[-/.]\d{1,4}(?:[T ].{4,20})? # a date
    | \d{1,2}:\d{2}(?::\d{2})?                        # a time
    | [^@\s,;|]+@[^@\s,;|]+\.[^@\s,;|]+               # an address
    | https?://[^\s,;|]+
    | (?:[^\W\d_]|[-'’.&/ _]){1,60}                   # words
    | \#?[\w.-]+                                      # a code
    """,
    re.VERBOSE,
)


def sniff_dialect(sample: str, *, complete: bool) -> Dialect:
    """The most table-like dialect for a sample of text; a comma when nothing parts it.

    `complete` = the sample is the whole file, so its last line is whole.
    """
    if stated := re.match(r"\ufeff?sep=(.)\r?\n", sample, re.IGNORECASE):
        return Dialect(delimiter=stated[1])
    text = sample if complete else sample[: sample.rfind("\n") + 1] or sample
    lines = [line for line in text.splitlines(keepends=True) if not line.startswith("#")]
    text = "".join(lines) or text
    candidates = [d for d in _candidates(text) if not _is_one_column(text, d.delimiter)]
    scored = [(_consistency(text, dialect), -rank, dialect) for rank, dialect in enumerate(candidates)]
    best = max(scored, key=lambda item: item[:2], default=None)
    return best[2] if best and best[0] > 0 else Dialect()


def _candidates(text: str) -> list[Dialect]:
    found = []
    for delimiter in DELIMITERS:
        if delimiter not in text:
            continue
        found.append(_with_space(Dialect(delimiter), text))
        if re.search(rf"(?:^|{re.escape(delimiter)})\s?'[^'\n]*'\s?(?:{re.escape(delimiter)}|$)", text, re.MULTILINE):
            found.append(_with_space(Dialect(delimiter, quote="'"), text))
        if '\\"' in text:
            found.append(_with_space(Dialect(delimiter, escape="\\"), text))
    return found


def _is_one_column(text: str, delimiter: str) -> bool:
    """A column of times or decimals under a heading: its lines hold the sign, but as a part of one value."""
    lines = text.splitlines()[:SAMPLE_RECORDS]
    if delimiter in lines[0] and delimiter in ",;\t|":
        return False
    rest = [line for line in lines if line.strip()]
    whole = sum(1 for line in rest if TYPED.fullmatch(line.strip()))
    return whole >= 0.9 * len(rest)


def _with_space(dialect: Dialect, text: str) -> Dialect:
    mark = re.escape(dialect.delimiter)
    spaced = re.search(rf"{mark} +{dialect.quote}", text) and not re.search(
        rf"[^{dialect.quote}]{mark}{dialect.quote}", text
    )
    return Dialect(dialect.delimiter, dialect.quote, dialect.escape, skip_space=bool(spaced))


def _consistency(text: str, dialect: Dialect) -> float:
    records = _sampled(text, dialect)
    if not records:
        return 0.0
    return (
        _pattern_score(records) * _type_score(records) * (1 - sum(bool(r.problem) for r in records) / len(records)) ** 2
    )


def _sampled(text: str, dialect: Dialect) -> list[Record]:
    records = []
    for record in read_records(io.StringIO(text, newline=""), dialect):
        records.append(record)
        if len(records) >= SAMPLE_RECORDS:
            break
    return records


def _pattern_score(records: list[Record]) -> float:
    """High when few distinct row lengths occur and rows are long; 0 when no row has two cells."""
    lengths = Counter(len(record.cells) for record in records)
    return sum(count * (length - 1) / length for length, count in lengths.items() if length) / len(lengths)


def _type_score(records: list[Record]) -> float:
    cells = [cell.strip() for record in records for cell in record.cells]
    known = sum(1.0 if not cell or TYPED.fullmatch(cell) else 0.2 if len(cell) > 1 else 0.0 for cell in cells)
    return max(known / len(cells), 1e-6) if cells else 0.0
