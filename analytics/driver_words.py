"""What moves a prediction in this business as a whole, in words: from the drivers on the card of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _l

from crm import formats

from .models import CONTRACTS, LEAD, WIN, ScoredTask
from .reasons import money_words, word_said

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

OWN = "custom."
HIDDEN = {"owner"}  # whose customers leave is no business of everybody who opens the page
ONE_SIDED = 0.25  # of the average effect: below, more and less work the same way

TITLES: Mapping[str, _StrOrPromise] = {
    ScoredTask.CHURN: _l("What makes customers leave or stay here"),
    WIN: _l("What wins and loses deals here"),
    LEAD: _l("What leads to a first order here"),
    **dict.fromkeys(CONTRACTS, _l("What ends and keeps subscriptions here")),
}
CAUSES: Mapping[str, _StrOrPromise] = {
    "quiet_longer_than_usual": _l("No order for longer than usual"),
    "quiet_since_only_purchase": _l("No second order for longer than others take"),
    "bought_recently": _l("Ordered not longer ago than usual"),
    "first_purchase_recent": _l("First order not long ago"),
    "bought_once": _l("Has ordered only once"),
    "buys_rarely": _l("Fewer orders than the usual customer"),
    "buys_often": _l("More orders than the usual customer"),
    "buying_less": _l("Fewer orders in the last 90 days than in the 90 before"),
    "buying_more": _l("More orders in the last 90 days than in the 90 before"),
    "gap_grew": _l("The last pause was longer than usual"),
    "gap_shrank": _l("The last pause was shorter than usual"),
    "small_purchases": _l("Smaller orders than the usual customer"),
    "large_purchases": _l("Larger orders than the usual customer"),
    "last_purchase_small": _l("The last order was smaller than usual"),
    "last_purchase_large": _l("The last order was larger than usual"),
    "returns_much": _l("Sends things back"),
    "new_customer": _l("A customer for less time than usual"),
    "few_in_long_time": _l("A customer for longer than usual, for so many orders"),
    "bought_this_time_last_year": _l("Ordered around this time last year"),
}
COLUMNS: Mapping[str, _StrOrPromise] = {
    "win.stage": _l("Stage"),
    "win.source": _l("Where it came from"),
    "win.industry": _l("Industry"),
    "win.stage_share": _l("How far through the pipeline"),
    "win.stage_days": _l("Days in the stage"),
    "win.age_days": _l("Days since it was opened"),
    "win.moves_back": _l("Times moved back"),
    "win.amount": _l("What it is worth"),
    "win.close_in_days": _l("Days to the expected close"),
    "win.postponed": _l("Times the expected close was put off"),
    "win.touches": _l("Notes, tasks done and messages of ours in 30 days"),
    "win.answers": _l("Messages from them in 30 days"),
    "win.quiet_days": _l("Days without anything heard or done"),
    "win.orders_before": _l("Orders before the deal"),
    "win.deals_before": _l("Deals with them before"),
    "win.won_share": _l("Share of deals with them that were won"),
    "win.has_task": _l("A next step is planned"),
    "contract.days": _l("Days subscribed"),
    "contract.yearly": _l("What is paid in a year"),
    "contract.to_renewal": _l("Days to the next payment"),
    "contract.others": _l("Other subscriptions"),
    "contract.ended": _l("Subscriptions ended before"),
    "contract.heard": _l("Messages from them in 90 days"),
    "contract.unhappy": _l("Unhappy messages in 90 days"),
    "contract.orders": _l("Orders in 90 days"),
    "contract.interval": _l("How often is paid"),
    "contract.name": _l("Which subscription"),
    "contract.country": _l("Country"),
    "contract.language": _l("Language"),
    "lead.age_days": _l("Days known"),
    "lead.heard": _l("Messages from them"),
    "lead.heard_lately": _l("Messages from them in 30 days"),
    "lead.done_lately": _l("Notes, tasks done and messages of ours in 30 days"),
    "lead.quiet_days": _l("Days without anything heard or done"),
    "lead.open_deals": _l("Open deals"),
    "lead.closed_deals": _l("Closed deals"),
    "lead.via": _l("How they were added"),
    "lead.country": _l("Country"),
    "lead.language": _l("Language"),
    "lead.has_company": _l("Their company is known"),
    "lead.has_job": _l("Their job is known"),
    "lead.opted_out": _l("Wants no advertising"),
}


@dataclass(frozen=True)
class Driver:
    """One line: what it is, which way it works, and how much; `width` 0 … 100 beside the strongest.

    `way` is "up" or "down" where having it raises or lowers the prediction, and nothing where it works both ways.
    """

    label: str
    says: str
    width: float
    way: str = ""


def driver_title(task: str) -> str:
    """The heading of the card."""
    return str(TITLES.get(task) or _("What makes customers worth more or less here"))


def driver_lines(task: str, card: Mapping[str, Any], currency: str, labels: Mapping[str, str]) -> list[Driver]:
    """The drivers on a card, the strongest first; nothing for a card that has none. `labels` are of own fields."""
    rows: Sequence[Mapping[str, Any]] = card.get("drivers") or []
    said = [(row, *_line(task, row, currency, labels)) for row in rows]
    shown = [(row, label, says) for row, label, says in said if label and says]
    most = max((_weight(row) for row, _label, _says in shown), default=1.0)
    return [Driver(label, says, round(100 * _weight(row) / most, 1), _way(row)) for row, label, says in shown]


def _way(row: Mapping[str, Any]) -> str:
    if "key" in row:
        return str(row["direction"])
    if row["kind"] == "category":
        return ""
    if row["kind"] == "flag":
        return "up" if row["yes"] > 0 else "down"
    return _number_way(row)


def _number_way(row: Mapping[str, Any]) -> str:
    """What more of it does; nothing where more and less work the same way."""
    more, less, effect = float(row["more"]), float(row["less"]), float(row["effect"])
    if abs(more - less) <= ONE_SIDED * effect or more * less > 0:
        return ""
    return "up" if more > less else "down"


def _weight(row: Mapping[str, Any]) -> float:
    return float(row["effect"]) * float(row.get("share", 1.0))


def _line(task: str, row: Mapping[str, Any], currency: str, labels: Mapping[str, str]) -> tuple[str, str]:
    if "key" in row:
        return str(CAUSES.get(str(row["key"]), "")), _cause_words(task, row, currency)
    column = str(row["column"])
    subject = "contract" if task in CONTRACTS else task
    label = labels.get(column, "") if column.startswith(OWN) else str(COLUMNS.get(f"{subject}.{column}", ""))
    if column in HIDDEN:
        return "", ""
    if row["kind"] == "category":
        return label, _category_words(f"{subject}.{column}", row)
    return label, _flag_words(row) if row["kind"] == "flag" else _number_words(row)


def _cause_words(task: str, row: Mapping[str, Any], currency: str) -> str:
    raises = row["direction"] == "up"
    amount = _points(row["effect"]) if task == ScoredTask.CHURN else money_words(float(row["effect"]), currency)
    words = (
        _("raises it for %(share)s of customers, by %(amount)s on average")
        if raises
        else _("lowers it for %(share)s of customers, by %(amount)s on average")
    )
    return words % {"share": formats.percent(float(row["share"])), "amount": amount}


def _number_words(row: Mapping[str, Any]) -> str:
    words = {
        "up": _("the more, the higher: by %(amount)s on average"),
        "down": _("the more, the lower: by %(amount)s on average"),
        "": _("works both ways, by %(amount)s on average"),
    }
    return words[_number_way(row)] % {"amount": _points(row["effect"])}


def _flag_words(row: Mapping[str, Any]) -> str:
    yes = float(row["yes"])
    words = _("then it is higher by %(amount)s") if yes > 0 else _("then it is lower by %(amount)s")
    return words % {"amount": _points(yes)}


def _category_words(key: str, row: Mapping[str, Any]) -> str:
    up, down = row.get("up"), row.get("down")
    raises = up and _("“%(word)s” raises it most, by %(amount)s")
    lowers = down and _("“%(word)s” lowers it most, by %(amount)s")
    said = [
        words % {"word": word_said(key, str(found[0])), "amount": _points(found[1])}
        for words, found in ((raises, up), (lowers, down))
        if words and found
    ]
    return "; ".join(said)


def _points(effect: float) -> str:
    """A difference of chances: "9 in 100"."""
    return _("%(n)s in 100") % {"n": formats.number(max(1, round(100 * abs(effect))))}
