"""Which of the business's own fields predictions read, and which are kept from them: nobody may be judged by these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from analytics.ml.protected import protected_meaning
from analytics.models import FieldRuling, ModelVersion
from crm import formats
from crm.models import CustomField

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

SAID = "said"  # a manager said so
MEANINGS: Mapping[str, _StrOrPromise] = {
    "age": _l("Age"),
    "gender": _l("Gender"),
    "religion": _l("Religion"),
    "ethnicity": _l("Ethnic origin"),
    "health": _l("Health"),
    "nationality": _l("Nationality"),
    "beliefs": _l("Beliefs or private life"),
    SAID: _l("Protected by a manager"),
}


@dataclass(frozen=True)
class Judged:
    """One own field. `meaning` is a key of MEANINGS, or empty where nothing speaks against reading it."""

    row: CustomField
    meaning: str
    ruling: FieldRuling | None

    @property
    def is_allowed(self) -> bool:
        return self.ruling is not None and self.ruling.is_allowed

    @property
    def is_kept_out(self) -> bool:
        """No prediction reads it, whatever its box says."""
        return bool(self.meaning) and not self.is_allowed


def judged_fields(target: str = "", *, only_wanted: bool = False) -> list[Judged]:
    """The own fields of these records (of all without a target), in two queries; `only_wanted`: those that are to be
    used by predictions."""
    rows = CustomField.objects.filter(is_archived=False).order_by("target", "position", "label", "pk")
    rows = rows.filter(target=target) if target else rows
    rows = rows.filter(feeds_models=True) if only_wanted else rows
    rulings = {ruling.field_id: ruling for ruling in FieldRuling.objects.select_related("by")}
    return [_judged(row, rulings.get(row.pk)) for row in rows]


def _judged(row: CustomField, ruling: FieldRuling | None) -> Judged:
    meaning = meaning_of(row)
    if not meaning and ruling is not None and not ruling.is_allowed:
        meaning = SAID
    return Judged(row, meaning, ruling)


def meaning_of(row: CustomField) -> str:
    """What its name, its key or its choices tell of."""
    options = [str(option) for option in row.options] if isinstance(row.options, list) else []
    return protected_meaning(row.key, options, label=row.label)


def fields_for_models(target: str) -> list[CustomField]:
    """The business's own fields that predictions may read, in the order of their making."""
    found = [one.row for one in judged_fields(target, only_wanted=True) if not one.is_kept_out]
    return sorted(found, key=lambda row: row.pk)


# --- what stands on the card of a model -------------------------------------------------------------------------------

TARGETS: Mapping[str, str] = {"win": "deal", "lead": "person"}  # tasks that read own fields, and whose


def protected_on_card(task: str) -> dict[str, Any]:
    """For the card of what is learned now: which fields were left out, and which were read all the same and why."""
    target = TARGETS.get(task)
    wanted = [one for one in judged_fields(target, only_wanted=True) if one.meaning] if target else []
    return {
        "left_out": [{"label": one.row.label, "meaning": one.meaning} for one in wanted if one.is_kept_out],
        "allowed": [
            {
                "label": one.row.label, "meaning": one.meaning, "why": one.ruling.why,
                "by": str(one.ruling.by or ""), "at": one.ruling.at.isoformat(),
            }
            for one in wanted
            if one.ruling is not None and one.is_allowed
        ],
    }  # fmt: skip


GOES_ALONG = {"country", "language"}  # columns of a model: no field that is protected, and yet not without its meaning


def protected_words(version: ModelVersion) -> list[str]:
    """What the page of a model says of it, in sentences."""
    card = version.card.get("protected")
    if card is None:
        return []
    said = [] if card["allowed"] else [_("It does not look at age, gender, religion, origin, health or nationality.")]
    if GOES_ALONG & {name for name, _kind in version.card.get("columns", ())}:
        said.append(
            _("It reads country and language, which may go along with origin: compare groups to see if it is fair.")
        )
    if card["left_out"]:
        names = formats.listed([str(one["label"]) for one in card["left_out"]])
        said.append(_("Left out, since nobody is to be judged by it: %(names)s.") % {"names": names})
    for one in card["allowed"]:
        words = _("It reads “%(name)s”, which is protected, because %(by)s allowed it: “%(why)s”")
        said.append(words % {"name": one["label"], "by": one["by"] or _("a manager"), "why": one["why"]})
    return said


# --- the page ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class FieldLine:
    """One own field on the page, in words. `state` is "kept", "allowed", "read" or "unread"."""

    pk: int
    label: str
    of: str
    meaning: str
    state: str
    says: str
    why: str = ""
    by: str = ""
    at: datetime | None = None


@dataclass(frozen=True)
class ProtectedPage:
    """The vocabulary of the template: protected fields first, then the others."""

    protected: Sequence[FieldLine] = field(default_factory=tuple)
    others: Sequence[FieldLine] = field(default_factory=tuple)


def protected_page() -> ProtectedPage:
    """In two queries."""
    lines = [(one, _line(one)) for one in judged_fields()]
    return ProtectedPage([line for one, line in lines if one.meaning], [line for one, line in lines if not one.meaning])


def _line(one: Judged) -> FieldLine:
    state = _state(one)
    says = {
        "kept": _("Never read by predictions"),
        "allowed": _("Read all the same"),
        "read": _("Read by predictions"),
        "unread": _("Not read by predictions"),
    }[state]
    ruling = one.ruling
    return FieldLine(
        one.row.pk, one.row.label, one.row.get_target_display(), str(MEANINGS.get(one.meaning, "")), state, says,
        ruling.why if ruling else "", str(ruling.by or "") if ruling else "", ruling.at if ruling else None,
    )  # fmt: skip


def _state(one: Judged) -> str:
    if one.is_kept_out:
        return "kept"
    if not one.row.feeds_models:
        return "unread"
    return "allowed" if one.meaning else "read"
