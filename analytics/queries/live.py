"""What became of a model since it is in use, in words: what came true, what followed, and what has moved."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from analytics.chances import TASKS
from analytics.models import CONTRACTS, LEAD, WIN, ModelVersion, ScoredTask
from analytics.reasons import CHANCES
from crm import formats
from crm.parts import Tone

LIGHTS: Mapping[str, tuple[Any, Tone]] = {
    "fine": (_l("keeps its promise"), "good"),
    "level": (_l("level corrected"), "warn"),
    "bad": (_l("wrong too often"), "bad"),
    "thin": (_l("too early to tell"), ""),
}
FLAGGED: Mapping[str, Any] = {
    ScoredTask.CHURN: _l("Of %(flagged)s customers who were said to be leaving %(hits)s left."),
    WIN: _l("Of %(flagged)s deals with a good chance %(hits)s were won."),
    LEAD: _l("Of %(flagged)s people with a good chance %(hits)s ordered."),
    **dict.fromkeys(CONTRACTS, _l("Of %(flagged)s subscriptions at high risk %(hits)s ended.")),
}
FACTS: Mapping[str, Any] = {
    "recency_days": _l("days since the last order"),
    "tenure_days": _l("how long people are customers"),
    "purchases": _l("orders of a customer"),
    "orders": _l("orders of a customer"),
    "usual_gap_days": _l("days between two orders"),
    "spend": _l("money of a customer"),
    "average_spend": _l("money of an order"),
    "usual_spend": _l("money of an order"),
    "returned_share": _l("share of returns"),
    "returns": _l("returns"),
    "country": _l("country"),
    "language": _l("language"),
    "source": _l("where people come from"),
    "via": _l("how people come in"),
    "age_days": _l("how long people are known"),
    "quiet_days": _l("days of silence"),
    "yearly": _l("what subscriptions cost"),
    "interval": _l("how often is paid"),
    "name": _l("which subscription"),
    "days": _l("how long subscriptions run"),
    "amount": _l("what deals are worth"),
    "owner": _l("who looks after deals"),
    "industry": _l("the industry of companies"),
    "stage": _l("in which stage deals begin"),
    "stage_share": _l("in which stage deals begin"),
    "close_in_days": _l("how soon deals are expected to close"),
    "orders_before": _l("orders before the deal"),
    "deals_before": _l("earlier deals of the same customer"),
    "won_share": _l("how many earlier deals were won"),
    "has_task": _l("planned next steps"),
}


@dataclass(frozen=True)
class Live:
    """The light, and one sentence each; empty where there is nothing to say."""

    light: str
    tone: Tone
    says: str = ""
    level: str = ""
    drift: str = ""
    frozen: str = ""


def live_of(version: ModelVersion) -> Live:
    """Of a version in use."""
    word = str(version.live.get("word") or "thin")
    light, tone = LIGHTS[word]
    return Live(
        str(light), tone, came_words(version), level_words(version), drift_words(version), frozen_words(version)
    )


def came_words(version: ModelVersion) -> str:
    """ "In 4 months: of 40 customers who were said to be leaving 12 left. 3 in 10 were foretold, 1 in 10 came." """
    live = version.live
    if not live or live.get("word") == "thin":
        return _("What was said can be judged once three months of it have come true or not.")
    return " ".join(part for part in (_flagged_words(version.task, live), _total_words(version.task, live)) if part)


def _flagged_words(task: str, numbers: Mapping[str, Any]) -> str:
    if task not in FLAGGED or not numbers.get("flagged"):
        return ""
    return str(FLAGGED[task]) % {
        "flagged": formats.number(int(numbers["flagged"])), "hits": formats.number(int(numbers["hits"])),
    }  # fmt: skip


def _total_words(task: str, numbers: Mapping[str, Any]) -> str:
    said, came = float(numbers.get("said", 0)), float(numbers.get("came", 0))
    if task in CHANCES:
        words = _("In all %(said)s was foretold and %(came)s came, over %(months)s months.")
        said_words, came_words = formats.percent(said), formats.percent(came)
    else:
        words = _("Of 100 foretold %(came)s came, over %(months)s months.")
        said_words, came_words = "", formats.number(round(100 * came / said)) if said else "0"
    months = int(numbers.get("months", numbers.get("windows", 0)))
    return words % {"said": said_words, "came": came_words, "months": months}


def level_words(version: ModelVersion) -> str:
    """ "Since 3 May all is shown lower than it was learned, since less came than was said." """
    if not version.levels or not version.level:
        return ""
    day = formats.date_words(date.fromisoformat(version.levels[-1][0]))
    words = (
        _("Since %(day)s everything is shown higher than it was learned, since more came than was said.")
        if version.level > 0
        else _("Since %(day)s everything is shown lower than it was learned, since less came than was said.")
    )
    return words % {"day": day}


def drift_words(version: ModelVersion) -> str:
    """Which facts are no longer as they were when it was learned."""
    names: Sequence[str] = list(version.live.get("drift", {}))
    said = list(dict.fromkeys(str(FACTS.get(name, name.replace("_", " "))) for name in names))[:3]
    if not said:
        return ""
    return _("No longer as it was when this was learned: %(facts)s.") % {"facts": ", ".join(said)}


def frozen_words(version: ModelVersion) -> str:
    """Who froze it and why."""
    if version.frozen_at is None:
        return ""
    return _("Frozen since %(day)s by %(who)s: %(why)s") % {
        "day": formats.date_words(timezone.localdate(version.frozen_at)), "who": version.frozen_by or _("somebody"),
        "why": version.frozen_why,
    }  # fmt: skip


def returned_words(version: ModelVersion) -> str:
    """ "Went back on 3 May: of 40 customers who were said to be leaving 12 left." """
    if version.returned_at is None:
        return ""
    day = formats.date_words(timezone.localdate(version.returned_at))
    return formats.one_stop(_("Sent back on %(day)s. %(why)s") % {"day": day, "why": came_words(version)})


def event_words(data: Mapping[str, Any]) -> dict[str, str]:
    """The numbers of an event about a model, and what serves instead."""
    task = str(data.get("task"))
    why = " ".join(part for part in (_flagged_words(task, data), _total_words(task, data)) if part)
    nothing = _("nothing: none is shown until a better one is learned") if task in TASKS else _("a rule of thumb")
    return {"why": why, "instead": str(data.get("to") or nothing)}
