"""Lines of delimited text → records with line numbers; broken quotation marks cost one record, never shift a value."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from django.utils.translation import gettext as _

from crm.importing.source import UnreadableFileError

MAX_RECORD = 1_000_000
csv.field_size_limit(2 * MAX_RECORD)


@dataclass(frozen=True)
class Dialect:
    """How cells are parted and quoted."""

    delimiter: str = ","
    quote: str = '"'
    escape: str | None = None
    skip_space: bool = False


@dataclass(slots=True)
class Record:
    """One record: the line on which it starts (1-based), its cells, and why it can't be used where `problem` is set."""

    line: int
    cells: list[str]
    problem: str = ""
    is_comment: bool = False


class _TooLongError(Exception):
    pass


class LineFeed:
    """The lines of a text, counted, with a way to hand some back; remembers those of the record being read."""

    def __init__(self, text: TextIO) -> None:
        self._text = text
        self._returned: deque[str] = deque()
        self.number = 0
        self.pending: list[str] = []
        self._size = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = self._returned.popleft() if self._returned else self._text.readline(MAX_RECORD)
        if not line:
            raise StopIteration
        self.number += 1
        self.pending.append(line)
        self._size += len(line)
        if self._size >= MAX_RECORD:
            raise _TooLongError
        return line.replace("\0", "") if "\0" in line else line

    def begin(self) -> None:
        """Forget the lines of the record before."""
        self.pending.clear()
        self._size = 0

    def hand_back(self, *, keep: int) -> None:
        """Return all but the first `keep` lines of this record, to be read again."""
        self._returned.extendleft(reversed(self.pending[keep:]))
        self.number -= len(self.pending) - keep
        del self.pending[keep:]

    def skip_line(self) -> None:
        """Drop the rest of a line that was cut at the limit."""
        last = self.pending[-1]
        while last and not last.endswith(("\n", "\r")):
            last = self._text.readline(MAX_RECORD)


def read_records(text: TextIO, dialect: Dialect, *, width: int = 0) -> Iterator[Record]:
    """Yield every record that isn't blank. `width` = cells expected (0 = unknown), used to mend broken quotes.

    Raises UnreadableFileError at a byte that the encoding doesn't know.
    """
    feed = LineFeed(text)
    rows = _reader(feed, dialect)
    while True:
        feed.begin()
        try:
            cells = next(rows)
        except StopIteration:
            return
        except UnicodeError as error:
            raise UnreadableFileError(_("A letter on or after this line can't be read."), feed.number + 1) from error
        except (csv.Error, _TooLongError) as error:
            yield _mended(feed, dialect, width, too_long=isinstance(error, _TooLongError))
            rows = _reader(feed, dialect)
            continue
        if len(feed.pending) > 1 and width and len(cells) != width and _swallowed(feed.pending, dialect, width):
            feed.hand_back(keep=1)
            yield Record(feed.number, cells, _broken_quotes())
            continue
        if cells and (len(cells) > 1 or cells[0].strip(" \t\x1a")):
            yield Record(feed.number - len(feed.pending) + 1, cells)


def _reader(feed: LineFeed, dialect: Dialect) -> "Iterator[list[str]]":
    return csv.reader(
        feed,
        delimiter=dialect.delimiter,
        quotechar=dialect.quote,
        escapechar=dialect.escape,
        skipinitialspace=dialect.skip_space,
        strict=True,
    )


def _broken_quotes() -> str:
    return _("The quotation marks in this line don't match.")


def _swallowed(lines: list[str], dialect: Dialect, width: int) -> bool:
    """True when a quotation mark that was never closed ate whole records."""
    return any(len(cells) == width for cells in (_strict_cells(line, dialect) for line in lines[1:]))


def _strict_cells(line: str, dialect: Dialect) -> list[str]:
    cells, closed = split_tolerantly(line, dialect)
    return cells if closed else []


def _mended(feed: LineFeed, dialect: Dialect, width: int, *, too_long: bool) -> Record:
    first = feed.number - len(feed.pending) + 1
    if too_long and len(feed.pending) == 1:
        feed.skip_line()
        return Record(first, [], _("A cell in this line is longer than %(limit)d characters.") % {"limit": MAX_RECORD})
    joined = ""
    for count, line in enumerate(feed.pending[:200], start=1):
        joined += line
        cells, closed = split_tolerantly(joined, dialect)
        if closed and (len(cells) == width or not width):
            feed.hand_back(keep=count)
            return Record(first, cells)
    feed.hand_back(keep=1)
    return Record(first, split_tolerantly(feed.pending[0], dialect)[0], _broken_quotes())


def split_tolerantly(line: str, dialect: Dialect) -> tuple[list[str], bool]:
    """Cells of one record, and whether its last quoted cell was closed.

    A quotation mark closes a cell only before a delimiter or the end, spaces aside; any other one is text.
    """
    body = line.rstrip("\r\n").replace("\0", "")
    cells: list[str] = []
    at = 0
    while True:
        cell, at, closed = _next_cell(body, at, dialect)
        cells.append(cell)
        if at >= len(body) or not closed:
            return cells, closed
        at += 1
        if at == len(body):
            return [*cells, ""], True


def _next_cell(body: str, at: int, dialect: Dialect) -> tuple[str, int, bool]:
    start = at
    if dialect.skip_space:
        while body[start : start + 1] == " ":
            start += 1
    if body[start : start + 1] != dialect.quote:
        end = body.find(dialect.delimiter, at)
        end = len(body) if end < 0 else end
        return body[at:end], end, True
    end, after = _closing_quote(body, start + 1, dialect)
    text = body[start + 1 : end].replace(dialect.quote * 2, dialect.quote)
    return text, after, end < len(body)


def _closing_quote(body: str, at: int, dialect: Dialect) -> tuple[int, int]:
    while (at := body.find(dialect.quote, at)) >= 0:
        if body.startswith(dialect.quote * 2, at):
            at += 2
            continue
        after = at + 1
        while body[after : after + 1] == " ":
            after += 1
        if after == len(body) or body[after] == dialect.delimiter:
            return at, after
        at += 1
    return len(body), len(body)
