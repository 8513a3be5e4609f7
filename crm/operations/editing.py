"""What every edit of a record does: check the version, take over allowed fields, note what changed."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, TypeVar

from django.db import models
from django.utils.translation import gettext as _

from crm.models import CustomField, Record

R = TypeVar("R", bound=Record)


class EditConflictError(Exception):
    """Somebody else changed the record meanwhile; `current` is what it is now."""

    def __init__(self, current: Record) -> None:
        super().__init__(_("Somebody else changed this meanwhile."))
        self.current = current


class FieldNotEditableError(ValueError):
    """A write names a field that this operation does not set."""


def locked(row: R, version: int | None) -> R:
    """The row, locked and fresh, for a read-then-write. Raises EditConflictError if `version` is old."""
    current: R = type(row)._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
    if version is not None and current.version != version:
        raise EditConflictError(current)
    return current


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


def check_custom(target: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """Own fields that exist, in order of their keys. Raises FieldNotEditableError for others."""
    known = set(CustomField.objects.filter(target=target, is_archived=False).values_list("key", flat=True))
    for key in values:
        if key not in known:
            raise FieldNotEditableError(f"custom.{key}")
    return {key: plain(values[key]) for key in sorted(values) if values[key] not in (None, "")}
