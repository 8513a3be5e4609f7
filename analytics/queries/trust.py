"""How far a model can be believed, in words: from its card and from what came of its predictions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import ngettext

from analytics import chances
from analytics.models import ModelVersion
from crm import formats


@dataclass(frozen=True)
class Flagged:
    """Of `flagged` people with a high risk on `as_of`, `left` did not come back in time."""

    as_of: date
    flagged: int
    left: int

    @property
    def words(self) -> str:
        return ngettext(
            "of %(n)s person at high risk on %(day)s, %(left)s (%(share)s) did not come back in time",
            "of %(n)s people at high risk on %(day)s, %(left)s (%(share)s) did not come back in time",
            self.flagged,
        ) % {
            "n": formats.number(self.flagged),
            "day": formats.date_words(self.as_of),
            "left": formats.number(self.left),
            "share": formats.percent(self.left / self.flagged),
        }


def flagged_of(card: Mapping[str, Any]) -> Flagged | None:
    """From the ledger where time has told, else from the hold-out of the training; None where neither could be."""
    track, held = card.get("track"), card.get("hold_out")
    if track and track.get("flagged"):
        return Flagged(date.fromisoformat(track["as_of"]), track["flagged"], round(track["came_true"] or 0))
    if held and held["top_band"]["customers"]:
        top = held["top_band"]
        return Flagged(date.fromisoformat(held["as_of"]), top["customers"], round(top["actual"]))
    return None


def learned_words(version: ModelVersion) -> str:
    """ "learned from 412 customers"."""
    if version.task in chances.TASKS:
        return chances.learned_words(version.task, int(version.card.get("customers", 0)))
    customers = int(version.card.get("customers", 0))
    return ngettext("learned from %(n)s customer", "learned from %(n)s customers", customers) % {
        "n": formats.number(customers)
    }


def trust_line(version: ModelVersion | None, when: str) -> str:
    """ "Updated today · learned from 412 customers · of 20 people at high risk on 26 Sep, 12 (60 %) did not come
    back in time"."""
    parts = [when]
    if version is not None:
        parts.append(learned_words(version))
        flagged = flagged_of(version.card)
        parts += [flagged.words] if flagged else []
    return " · ".join(parts)
