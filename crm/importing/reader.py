"""One way to open any table file: its columns, a sample, and its rows as a stream."""

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm.importing.dialect import sniff_dialect
from crm.importing.encoding import Encoding, detect_encoding
from crm.importing.headers import is_known_header
from crm.importing.layout import Layout, find_layout
from crm.importing.records import Dialect, Record, read_records
from crm.importing.source import Source, UnreadableFileError, open_source

MAX_COLUMNS = 2_000
SAMPLE_CHARACTERS = 1 << 18
SAMPLE_RECORDS = 200
MAX_SHORT_RUN = 50


@dataclass(frozen=True)
class ReadOptions:
    """What a user may state instead of having it detected; None = detect. `header_line` 0 = the file has no header."""

    encoding: str | None = None
    delimiter: str | None = None
    header_line: int | None = None
    sheet: str | None = None


@dataclass(slots=True)
class Row:
    """One row: its number among the rows (from 0), the line where it starts, a value for each column, or a problem."""

    number: int
    line: int
    values: list[str]
    problem: str = ""
    is_comment: bool = False


@dataclass(frozen=True)
class Table:
    """An opened file. `rows()` may be called again and again; each call reads the file anew with flat memory."""

    path: Path
    columns: tuple[str, ...]
    header_line: int
    encoding: str
    delimiter: str
    sheet: str
    sheets: tuple[str, ...]
    _records: Callable[[], Iterator[Record]] = field(repr=False)
    _skip: int = field(repr=False)
    _often_short: bool = field(repr=False)

    def rows(self, start: int = 0) -> Iterator[Row]:
        """Rows from number `start` on; one with a `problem` can't be imported. Raises UnreadableFileError."""
        data = islice(self._records(), self._skip, None)
        checked = _check_widths(data, len(self.columns), often_short=self._often_short)
        for number, record in enumerate(checked):
            if number >= start:
                yield Row(number, record.line, record.cells, record.problem, record.is_comment)

    def sample(self, count: int = 20) -> list[Row]:
        """The first rows."""
        return list(islice(self.rows(), count))


def open_table(path: Path, options: ReadOptions | None = None) -> Table:
    """Open a CSV, TSV, semicolon, pipe or XLSX file, plain or packed. Raises UnreadableFileError."""
    options = options or ReadOptions()
    source = open_source(path)
    return _open_workbook(path, options) if source.kind == "xlsx" else _open_text(source, options)


def _open_workbook(path: Path, options: ReadOptions) -> Table:
    from crm.importing.sheets import read_sheet, sheet_names  # openpyxl brings numpy: 25 MB that pages don't need

    names = sheet_names(path)
    sheet = options.sheet or next((name for name in names if next(read_sheet(path, name), None)), "")
    if sheet not in names:
        raise UnreadableFileError(
            _("The workbook has no rows in a visible sheet.") if not options.sheet else _("No such sheet.")
        )
    first = list(islice(read_sheet(path, sheet), SAMPLE_RECORDS))
    layout = _layout(first, options)
    return Table(
        path, layout.columns, layout.header_line, "", "", sheet, tuple(names),
        lambda: read_sheet(path, sheet), layout.skip_records, _often_short=True,
    )  # fmt: skip


def _open_text(source: Source, options: ReadOptions) -> Table:
    encoding = Encoding(options.encoding) if options.encoding else detect_encoding(source)
    dialect = Dialect(options.delimiter) if options.delimiter else _sniff(source, encoding)
    first = list(islice(_text_records(source, encoding, dialect, 0), SAMPLE_RECORDS))
    layout = _layout(first, options)
    width = len(layout.columns)
    return Table(
        source.path, layout.columns, layout.header_line, encoding.name, dialect.delimiter, "", (),
        lambda: _text_records(source, encoding, dialect, width), layout.skip_records,
        _often_short=_is_often_short(first[layout.skip_records :], width),
    )  # fmt: skip


def _sniff(source: Source, encoding: Encoding) -> Dialect:
    with _text_of(source, encoding) as text:
        try:
            sample = text.read(SAMPLE_CHARACTERS)
        except UnicodeError as error:
            raise UnreadableFileError(_("The letters in the file can't be made out. Save it as UTF-8.")) from error
        return sniff_dialect(sample, complete=len(sample) < SAMPLE_CHARACTERS)


def _text_of(source: Source, encoding: Encoding) -> io.TextIOWrapper:
    try:
        return io.TextIOWrapper(source.open(), encoding=encoding.name, errors=encoding.errors, newline="")
    except LookupError as error:
        raise UnreadableFileError(_("There is no encoding named %(name)s.") % {"name": encoding.name}) from error


def _text_records(source: Source, encoding: Encoding, dialect: Dialect, width: int) -> Iterator[Record]:
    with _text_of(source, encoding) as text:
        for record in read_records(text, dialect, width=width):
            if record.line == 1 and _states_delimiter(record.cells):
                continue
            if encoding.escapes_bad_bytes and not record.problem and _has_bad_bytes(record.cells):
                record.problem = _("This line holds letters in another encoding than the rest of the file.")
            yield record


def _states_delimiter(cells: list[str]) -> bool:
    """Excel's own first line, sep=; — it comes in two cells where the delimiter that it names is in use."""
    return 0 < len(cells) <= 2 and cells[0].lstrip("\ufeff").lower().startswith("sep=") and len(cells[0]) <= 6


def _has_bad_bytes(cells: list[str]) -> bool:
    return any(not cell.isascii() and any("\udc80" <= sign <= "\udcff" for sign in cell) for cell in cells)


def _layout(first: list[Record], options: ReadOptions) -> Layout:
    if not first:
        raise UnreadableFileError(_("The file holds no rows."))
    layout = find_layout(first, known=is_known_header, header_line=options.header_line, max_columns=MAX_COLUMNS + 1)
    if len(layout.columns) > MAX_COLUMNS:
        raise UnreadableFileError(
            _("The file has more than %(limit)d columns.") % {"limit": MAX_COLUMNS}, layout.header_line or first[0].line
        )
    return layout


def _is_often_short(records: list[Record], width: int) -> bool:
    """True for files that leave out empty cells at the end of a row, as Excel does now and then."""
    short = sum(1 for record in records if len(record.cells) < width)
    return short > 0.3 * len(records)


def _check_widths(records: Iterator[Record], width: int, *, often_short: bool) -> Iterator[Record]:
    """Give every record exactly `width` cells or a problem.

    Missing cells at the end are filled with nothing. But in a file of full rows, neighbouring short lines that together
    make up one row were broken by a line end inside a cell: they are refused, for nobody can tell the values apart.
    """
    short: list[Record] = []
    for record in records:
        if not record.problem and not any(cell.strip() for cell in record.cells):
            continue
        if not record.problem and len(record.cells) < width and len(short) < MAX_SHORT_RUN:
            short.append(record)
            continue
        yield from _settled(short, width, often_short=often_short)
        short = []
        yield _trimmed(record, width)
    yield from _settled(short, width, often_short=often_short)


def _settled(short: list[Record], width: int, *, often_short: bool) -> Iterator[Record]:
    broken = set() if often_short else _broken_apart([len(record.cells) for record in short], width)
    for index, record in enumerate(short):
        if record.cells[0].startswith("#") and len(record.cells) == 1 and width > 1:
            record.problem = _("A comment, not a row.")
            record.is_comment = True
        elif index in broken:
            record.problem = _(
                "This line seems to be a piece of a row: a line end inside a cell without quotation marks."
            )
        record.cells += [""] * (width - len(record.cells))
        yield record


def _broken_apart(lengths: list[int], width: int) -> set[int]:
    """Positions in a run of short lines that join to whole rows (n pieces of one row have width + n − 1 cells)."""
    broken: set[int] = set()
    for start in range(len(lengths)):
        extra = lengths[start] - 1
        for end in range(start + 1, len(lengths)):
            extra += lengths[end] - 1
            if extra == width - 1:
                broken.update(range(start, end + 1))
            if extra >= width - 1:
                break
    return broken


def _trimmed(record: Record, width: int) -> Record:
    extra = record.cells[width:]
    if extra and not record.problem:
        if any(cell.strip() for cell in extra):
            record.problem = ngettext(
                "This line has %(found)d values, but the file has %(width)d column.",
                "This line has %(found)d values, but the file has %(width)d columns.",
                width,
            ) % {"found": len(record.cells), "width": width}
        else:
            del record.cells[width:]
    record.cells += [""] * (width - len(record.cells))
    return record
