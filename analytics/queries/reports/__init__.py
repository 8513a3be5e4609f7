"""Answers the questions of reports: `report_figures` is what pages, tiles, files, mails and the API show."""

from .figures import Figure, Line, ReportFigures, Series, report_figures
from .questions import ReportError

__all__ = ["Figure", "Line", "ReportError", "ReportFigures", "Series", "report_figures"]
