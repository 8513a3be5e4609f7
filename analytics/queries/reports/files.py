"""The figures of a report as rows of a file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import BytesIO, StringIO
from typing import Any

from django.utils.translation import gettext as _

from crm.queries.exports import guarded

from .figures import Figure, ReportFigures

BOM = "\ufeff"  # spreadsheets take a file without this mark for their old local encoding


def file_rows(figures: ReportFigures) -> Iterator[list[Any]]:
    """The head, a row for each group and one for the whole. No cell is one that a spreadsheet would run."""
    measure = figures.measure + (f" ({unit})" if (unit := _unit(figures)) else "")
    is_of = figures.counts_values
    head = [figures.head, *(series.label for series in figures.series), measure, *([_("Rows")] if is_of else [])]
    yield [guarded(cell) for cell in head]
    for line in figures.lines:
        cells = [_number(figure) for figure in (*line.figures, line.whole)]
        yield [guarded(line.label), *cells, *([line.whole.n] if is_of else [])]
    whole = [_number(figure) for figure in (*(series.whole for series in figures.series), figures.whole)]
    yield [_("All"), *whole, *([figures.whole.n] if is_of else [])]


def _number(figure: Figure) -> float | int | str:
    if figure.value is None:
        return ""
    return int(figure.value) if figure.value == int(figure.value) else round(figure.value, 4)


def _unit(figures: ReportFigures) -> str:
    """In what the numbers are: said in the head, since cells hold numbers alone."""
    return {"money": figures.currency, "minutes": _("minutes"), "days": _("days")}.get(figures.kind, "")


def as_csv(figures: ReportFigures, *, has_mark: bool = True) -> str:
    text = StringIO()
    text.write(BOM if has_mark else "")
    csv.writer(text).writerows(file_rows(figures))
    return text.getvalue()


def as_xlsx(figures: ReportFigures) -> bytes:
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    sheet = book.create_sheet(_("Report"))
    for row in file_rows(figures):
        sheet.append(row)
    out = BytesIO()
    book.save(out)
    return out.getvalue()
