"""The words of groups: how each is called, who is in it, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _l

from analytics.models import CustomerGroup

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

    from crm.parts import Tone


@dataclass(frozen=True)
class GroupWords:
    """Name, who is in it, and what to do next."""

    name: _StrOrPromise
    who: _StrOrPromise
    advice: _StrOrPromise
    tone: Tone = ""


RULES: Mapping[str, GroupWords] = {
    "best": GroupWords(
        _l("Best customers"),
        _l("Order often, ordered lately, and spend as much as your best fifth."),
        _l("Thank them in person, show them new things first, and ask for a review or a friend."),
        "good",
    ),
    "loyal": GroupWords(
        _l("Loyal"),
        _l("Four orders or more, and in their usual rhythm."),
        _l("Offer what goes with what they buy: they trust you already."),
        "good",
    ),
    "returning": GroupWords(
        _l("Coming back"),
        _l("Have come back once or twice, and ordered lately."),
        _l("Make the next order easy: remind them when their last one should be used up."),
        "info",
    ),
    "new": GroupWords(
        _l("New"),
        _l("Have ordered once, lately."),
        _l("Say welcome, ask whether all was well, and give a reason for the second order."),
        "info",
    ),
    "slipping_good": GroupWords(
        _l("Good ones slipping away"),
        _l("Often or much, but quiet for longer than they usually are."),
        _l("Write or call yourself this week: they can still be kept, and are worth it."),
        "bad",
    ),
    "slipping": GroupWords(
        _l("Slipping away"),
        _l("Quiet for longer than usual, with few orders so far."),
        _l("One friendly reminder of what they bought; no discount before they answer."),
        "warn",
    ),
    "gone_good": GroupWords(
        _l("Good ones gone quiet"),
        _l("Used to order often or much; silent for three times their usual gap."),
        _l("One honest try to win them back: ask what was missing, and listen."),
        "warn",
    ),
    "gone": GroupWords(
        _l("Gone quiet"),
        _l("Ordered little, and long ago."),
        _l("Spend no effort here: a mail once or twice a year is enough."),
    ),
}

FOUND: Mapping[str, GroupWords] = {
    "best": GroupWords(_l("Often, much and lately"), _l("The most active of all."), RULES["best"].advice, "good"),
    "loyal": GroupWords(
        _l("Often and much"), _l("Many orders, the last one some time ago."), RULES["loyal"].advice, "good"
    ),
    "regular": GroupWords(
        _l("Now and then"), _l("More orders or money than most, without a hurry."), RULES["returning"].advice, "info"
    ),
    "new": GroupWords(_l("Lately, not often yet"), _l("Ordered lately, with few orders so far."), RULES["new"].advice,
                      "info"),
    "occasional": GroupWords(
        _l("Seldom"), _l("Few orders, neither lately nor long ago."), RULES["slipping"].advice, "warn"
    ),
    "lapsed_good": GroupWords(
        _l("Much once, long quiet"), _l("Many orders or much money, but long ago."), RULES["gone_good"].advice, "warn"
    ),
    "lapsed": GroupWords(_l("Long quiet"), _l("Few orders, long ago."), RULES["gone"].advice),
}  # fmt: skip


def words_of(way: str, label: str) -> GroupWords:
    """The words of a group by rules under its key, of a found one under its name, which may end in a number."""
    if way == CustomerGroup.Way.RULES:
        return RULES.get(label, RULES["gone"])
    stem, _dash, number = label.rpartition("_")
    return FOUND.get(label) or FOUND.get(stem if number.isdecimal() else label, FOUND["occasional"])


def group_name(group: CustomerGroup) -> str:
    """Its own name, or the one in words; a second found group of one name has a number."""
    if group.name:
        return group.name
    name = str(words_of(group.way, group.label).name)
    number = group.label.rpartition("_")[2]
    is_twin = group.way == CustomerGroup.Way.FOUND and number.isdecimal() and int(number) > 1
    return f"{name} ({number})" if is_twin else name
