"""What every record page shows: facts that can be edited in place, own fields, colleagues it is shared with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.utils.translation import gettext as _
from guardian.models import UserObjectPermission

from crm import formats
from crm.models import CustomField, Record, Task, User

from .lists import custom_words
from .tasks import TaskLine

LTR = frozenset({"website", "phone", "email"})


@dataclass(frozen=True)
class FieldFact:
    """One field of a record in words; `name` is what the editor of this field is called by."""

    name: str
    label: str
    words: str
    is_ltr: bool = False
    is_long: bool = False


def custom_fields(target: str) -> list[CustomField]:
    """The business's own fields of this target, in their order; one query."""
    return list(CustomField.objects.filter(target=target, is_archived=False).order_by("position", "pk"))


def field_fact(record: Record, name: str, own: Sequence[CustomField]) -> FieldFact:
    """One field of the record in words. Own fields are called custom.KEY."""
    key = name.removeprefix("custom.")
    if key != name:
        [row] = [row for row in own if row.key == key]
        return FieldFact(name, row.label, custom_words(row, record.custom.get(key)))
    field = record._meta.get_field(name)
    assert isinstance(field, models.Field)  # noqa: S101 (names come from forms, which know no relations back)
    return FieldFact(
        name=name,
        label=capitalised(str(field.verbose_name)),
        words=_words(record, name),
        is_ltr=name in LTR,
        is_long=isinstance(field, models.TextField),
    )


def field_facts(record: Record, names: Sequence[str], own: Sequence[CustomField]) -> list[FieldFact]:
    return [field_fact(record, name, own) for name in [*names, *(f"custom.{row.key}" for row in own)]]


def _words(record: Record, name: str) -> str:
    value: Any = getattr(record, name)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if name == "amount":
        return formats.money(value, getattr(record, "currency", "EUR"))
    if isinstance(value, date):
        return formats.date_words(value)
    if name == "language":
        return str(dict(settings.LANGUAGES).get(value, value))
    return "" if value is None else str(value)


def capitalised(text: str) -> str:
    return text[:1].upper() + text[1:]


def open_tasks(user: User, record: Record, *, most: int = 20) -> list[TaskLine]:
    """What is planned for this record, the most urgent first; tasks without a day come last."""
    tasks = Task.objects.visible_to(user).open().filter(**{str(record._meta.model_name): record})
    rows = tasks.select_related("owner").order_by(models.F("due_on").asc(nulls_last=True), "pk")[:most]
    return [TaskLine(task) for task in rows]


def shared_with(record: Record) -> list[User]:
    """Colleagues who see this one record by a permission of their own."""
    content_type = ContentType.objects.get_for_model(type(record))
    grants = UserObjectPermission.objects.filter(content_type=content_type, object_pk=str(record.pk))
    return list(User.objects.filter(pk__in=grants.values("user")).order_by("name", "email"))
