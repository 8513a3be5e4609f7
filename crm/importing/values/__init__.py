"""Cells → values: numbers and money, dates and times, yes and no; what can't be read says why."""

from crm.importing.values.cells import BadValueError, is_empty, parse_boolean
from crm.importing.values.dates import DateEvidence, parse_date, parse_datetime
from crm.importing.values.numbers import NumberEvidence, parse_number

__all__ = [
    "BadValueError",
    "DateEvidence",
    "NumberEvidence",
    "is_empty",
    "parse_boolean",
    "parse_date",
    "parse_datetime",
    "parse_number",
]
