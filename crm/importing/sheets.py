"""Excel workbooks (XLSX) as records of text, read row by row with caps against decompression bombs."""

import datetime as dt
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from xml.etree.ElementTree import ParseError

from django.utils.translation import gettext as _
from openpyxl import load_workbook
from openpyxl.utils.exceptions import InvalidFileException
from openpyxl.workbook.workbook import Workbook

from crm.importing.records import MAX_RECORD, Record
from crm.importing.source import UnreadableFileError

MAX_UNPACKED = 2 << 30
MAX_SHARED_TEXT = 200 << 20
MAX_RATIO = 250
RATIO_FREE = 16 << 20
MAX_ROWS = 1_048_576
# What openpyxl lets through when a workbook is broken or hostile (defusedxml's refusals are ValueErrors).
BROKEN = (
    InvalidFileException, zipfile.BadZipFile, zlib.error, ParseError, EOFError, OSError,
    KeyError, ValueError, TypeError, AttributeError, IndexError,
)  # fmt: skip


def sheet_names(path: Path) -> list[str]:
    """Names of the visible sheets in order. Raises UnreadableFileError."""
    book = _open_book(path)
    try:
        return [sheet.title for sheet in book.worksheets if sheet.sheet_state == "visible"]
    finally:
        book.close()


def read_sheet(path: Path, sheet: str) -> Iterator[Record]:
    """Yield the sheet's rows that aren't empty; `line` is the row number in Excel. Raises UnreadableFileError."""
    book = _open_book(path)
    number = 0
    try:
        worksheet = book[sheet]
        worksheet.reset_dimensions()
        for number, values in enumerate(worksheet.iter_rows(values_only=True), start=1):
            if number > MAX_ROWS:
                raise UnreadableFileError(_("The sheet claims more rows than Excel allows."), number)
            if cells := _filled(values):
                yield _record(number, cells)
    except BROKEN as error:
        raise UnreadableFileError(
            _("The workbook is damaged. Open it, save it again as XLSX or CSV."), number + 1
        ) from error
    finally:
        book.close()


def _open_book(path: Path) -> Workbook:
    try:
        _refuse_bomb(path)
        return load_workbook(path, read_only=True, data_only=True, keep_links=False)
    except BROKEN as error:
        raise UnreadableFileError(_("The workbook is damaged. Open it, save it again as XLSX or CSV.")) from error


def _refuse_bomb(path: Path) -> None:
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members) or 1
    shared = sum(member.file_size for member in members if member.filename.endswith("sharedStrings.xml"))
    if unpacked > MAX_UNPACKED or unpacked > max(RATIO_FREE, packed * MAX_RATIO) or shared > MAX_SHARED_TEXT:
        raise UnreadableFileError(_("The workbook is too large to read safely. Save the sheet as CSV and upload that."))


def _filled(values: tuple[object, ...]) -> tuple[object, ...]:
    end = len(values)
    while end and (values[end - 1] is None or values[end - 1] == ""):
        end -= 1
    return values[:end]


def _record(number: int, values: tuple[object, ...]) -> Record:
    cells = [_text(value) for value in values]
    if any(len(cell) > MAX_RECORD for cell in cells):
        return Record(number, [], _("A cell in this line is longer than %(limit)d characters.") % {"limit": MAX_RECORD})
    return Record(number, cells)


def _text(value: object) -> str:
    """The value as an unambiguous text: ISO dates, a point in decimals, 15 digits as Excel keeps them."""
    if value is None:
        return ""
    if isinstance(value, str):
        return value.replace("\0", "")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return f"{value:.15g}"
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="seconds")
    return str(value)
