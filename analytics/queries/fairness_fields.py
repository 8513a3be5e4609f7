"""The fields by which groups are compared: of the person or the deal that was judged, with their values in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import F
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from crm import formats
from crm.models import CustomField, Pipeline, Team, User

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

Value = Any


@dataclass(frozen=True)
class GroupField:
    """A field to compare by: how it is found from a rehearsal, and how its values are said.

    `column` is what the models that may read it call it.
    """

    key: str
    label: _StrOrPromise
    expression: Any
    say: Callable[[Sequence[Value]], Mapping[Value, str]]
    column: str = ""


def group_fields(target: str) -> list[GroupField]:
    """Fields with few values of a "person" or a "deal": those that everybody has, and the business's own."""
    return [*(_of_deals() if target == "deal" else _of_people()), *_own(target)]


def _of_people() -> list[GroupField]:
    return [
        GroupField("country", _l("Country"), F("person__country"), _as_they_are, "country"),
        GroupField("language", _l("Language"), F("person__language"), _languages, "language"),
        GroupField("owner", _l("Owner"), F("person__owner"), partial(_names, User), "owner"),
        GroupField("team", _l("Team"), F("person__team"), partial(_names, Team)),
    ]


def _of_deals() -> list[GroupField]:
    return [
        GroupField("source", _l("Came from"), F("deal__lead_source"), _as_they_are, "source"),
        GroupField("owner", _l("Owner"), F("deal__owner"), partial(_names, User), "owner"),
        GroupField("team", _l("Team"), F("deal__team"), partial(_names, Team)),
        GroupField("pipeline", _l("Pipeline"), F("deal__stage__pipeline"), partial(_names, Pipeline)),
        GroupField("industry", _l("Industry"), F("deal__company__industry"), _as_they_are, "industry"),
        GroupField("country", _l("Country of the person"), F("deal__person__country"), _as_they_are),
        GroupField("language", _l("Language of the person"), F("deal__person__language"), _languages),
    ]


def _own(target: str) -> list[GroupField]:
    """Own fields with few values; of a deal those of its person, too: that is whom a model may be unfair to."""
    kinds = [CustomField.Kind.BOOLEAN, CustomField.Kind.CHOICE]
    rows = CustomField.objects.filter(kind__in=kinds, is_archived=False, target__in={target, "person"})
    found = []
    for row in rows.order_by("position", "label"):
        is_theirs = row.target == target
        path = f"{target}__custom" if is_theirs else f"{target}__person__custom"
        key, column = (f"custom.{row.key}", f"custom.{row.key}") if is_theirs else (f"person.custom.{row.key}", "")
        found.append(GroupField(key, row.label, KeyTextTransform(row.key, path), _own_values, column))
    return found


def _as_they_are(values: Sequence[Value]) -> dict[Value, str]:
    return {value: str(value) for value in values}


def _languages(values: Sequence[Value]) -> dict[Value, str]:
    return {value: formats.language_name(value) for value in values}


def _own_values(values: Sequence[Value]) -> dict[Value, str]:
    """SQLite gives truth as a number, PostgreSQL as a word."""
    truth = {"1": _("Yes"), "true": _("Yes"), "0": _("No"), "false": _("No")}
    return {value: truth.get(str(value), str(value)) for value in values}


def _names(model: type[User | Team | Pipeline], values: Sequence[Value]) -> dict[Value, str]:
    return {row.pk: str(row) for row in model._default_manager.filter(pk__in=values)}
