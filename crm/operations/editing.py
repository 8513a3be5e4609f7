"""What every edit of a record does: check the version, take over allowed fields, note what changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models
from django.http import Http404
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from crm.incoming import is_believable
from crm.models import CustomField

R = TypeVar("R", bound=models.Model)


class EditConflictError(Exception):
    """Somebody else changed the row meanwhile; `current` is what it is now. Only rows with a `version` raise it."""

    def __init__(self, current: Any) -> None:
        super().__init__(_("Somebody else changed this meanwhile."))
        self.current = current


class CustomValueError(ValueError):
    """An own field that is not there, or a value that is not of its kind; the words say which."""


class FieldNotEditableError(ValueError):
    """A write names a field that this operation does not set."""


def locked(row: R, version: int | None) -> R:
    """The row, locked and fresh, for a read-then-write. Raises EditConflictError if `version` is old.

    Raises Http404 where somebody has deleted it meanwhile.
    """
    current: Any = type(row)._default_manager.select_for_update(of=("self",)).filter(pk=row.pk).first()
    if current is None:
        raise Http404
    if version is not None and current.version != version:
        raise EditConflictError(current)
    found: R = current
    return found


def is_there(row: models.Model) -> bool:
    """Whether the row is there still, and locked: of two who delete it at once only one does."""
    rows = type(row)._default_manager.select_for_update(of=("self",)).filter(pk=row.pk)
    return bool(rows.values_list("pk", flat=True))


def take_over(row: models.Model, changes: Mapping[str, Any], allowed: frozenset[str]) -> dict[str, list[Any]]:
    """Set what differs on the (unsaved) row; returns {field: [old, new]} in words that JSON can hold."""
    changed: dict[str, list[Any]] = {}
    for name, new in changes.items():
        if name not in allowed:
            raise FieldNotEditableError(name)
        old = getattr(row, name)
        if old != new:
            setattr(row, name, new)
            changed[name] = [plain(old), plain(new)]
    return changed


def plain(value: object) -> Any:
    """A value as JSON: numbers and booleans as they are, everything else as people read it."""
    if value is None or isinstance(value, (bool, int, float, dict, list)):
        return value
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    return str(value)


def check_custom(target: str, values: Mapping[str, Any], old: Mapping[str, Any]) -> dict[str, Any]:
    """The own fields of a record after a write, in order of their keys; archived ones keep what they held in `old`.

    Raises CustomValueError for a field that is not there, and for a new value that is not of its kind.
    """
    fields = {row.key: row for row in CustomField.objects.filter(target=target)}
    kept = {key: value for key, value in old.items() if key in fields and fields[key].is_archived}
    for key, value in values.items():
        is_same = key in old and old[key] == value and type(old[key]) is type(value)
        if value in (None, "") or (is_same and key in kept):
            continue
        if key not in fields or fields[key].is_archived:
            raise CustomValueError(_("There is no own field “%(field)s”.") % {"field": key[:60]})
        kept[key] = value if is_same else _custom_value(fields[key], value)
    return dict(sorted(kept.items()))


LONGEST_CUSTOM = 500
LARGEST_CUSTOM = 10**15


def _custom_value(field: CustomField, value: Any) -> Any:
    """The value as JSON keeps it: numbers and booleans as such, days as ISO text."""
    kind = field.kind
    is_right = False
    if kind == CustomField.Kind.BOOLEAN:
        is_right = isinstance(value, bool)
    elif kind == CustomField.Kind.NUMBER:
        is_right = isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)
        is_right = is_right and abs(value) < LARGEST_CUSTOM  # which NaN is not
        value = _number(value) if is_right else value
    elif kind == CustomField.Kind.DATE:
        day = _day(value)
        is_right, value = day is not None, day.isoformat() if day else value
    elif kind == CustomField.Kind.CHOICE:
        is_right = str(value) in [str(option) for option in field.options]
    else:
        is_right = isinstance(value, str) and len(value) <= LONGEST_CUSTOM
    if not is_right:
        words = _("“%(value)s” is no value for “%(field)s”.")
        raise CustomValueError(words % {"value": str(value)[:60], "field": field.label})
    return value


def _number(value: float | Decimal) -> float:
    return int(value) if value == int(value) else float(value)


def _day(value: object) -> date | None:
    if isinstance(value, str):
        try:
            value = parse_date(value)
        except ValueError:
            return None
    return value if isinstance(value, date) and is_believable(value) else None
