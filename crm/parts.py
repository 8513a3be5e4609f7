"""What the shared parts of pages are made of: queries fill these, templates/_*.html draw them."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

from crm.charts import Sparkline

Tone = Literal["", "accent", "good", "warn", "bad", "info"]


@dataclass(frozen=True)
class Change:
    """A comparison in words, with an arrow: "12 % more than October"."""

    words: str
    direction: Literal["up", "down", "flat"] = "flat"
    tone: Tone = ""


@dataclass(frozen=True)
class Tile:
    """One number of a dashboard; the whole tile links to the rows behind it."""

    label: str
    value: str
    href: str = ""
    change: Change | None = None
    spark: Sparkline | None = None
    note: str = ""


@dataclass(frozen=True)
class Reason:
    """One line of an insight: `raises` says which way it pulls."""

    words: str
    raises: bool = True


@dataclass(frozen=True)
class Step:
    """What an insight suggests: one button. `url` is posted to, or opened when `is_link`; `why` stands below."""

    label: str
    url: str
    is_link: bool = False
    icon: str = "check-circle"
    why: str = ""


@dataclass(frozen=True)
class Insight:
    """What we learned about one record, in words. `have` of `needed` fill the bar while there is too little data.

    `is_wish`: what is predicted is wished for, so that what raises it is good news.
    From `live_url` it is fetched anew when the record changes; while it is pending, twice a second, and while it is
    being learned, every few seconds.
    """

    title: str
    badge: str
    tone: Tone
    says: str
    reasons: Sequence[Reason] = ()
    most: str = ""
    step: Step | None = None
    trust: str = ""
    how_url: str = ""
    what_if_url: str = ""
    feedback_url: str = ""
    is_rule: bool = False
    is_wish: bool = False
    have: int = 0
    needed: int = 0
    need_words: str = ""
    updated_at: datetime | None = None
    live_url: str = ""
    is_pending: bool = False
    is_being_learned: bool = False


@dataclass(frozen=True)
class TimelineItem:
    """One thing that happened: `line` is a sentence, `body` the message or note itself."""

    icon: str
    line: str
    at: datetime
    who: str = ""
    url: str = ""
    body: str = ""
    is_note: bool = False
    tone: Tone = ""
    details: Sequence[str] = ()


@dataclass(frozen=True)
class Tab:
    """One tab of a page or one view of a list."""

    label: str
    url: str
    is_current: bool = False
    count: str = ""


@dataclass(frozen=True)
class Crumb:
    """One step of the way back to the top."""

    label: str
    url: str


@dataclass(frozen=True)
class Hit:
    """One line that search found: `key` names the record among all others, as in "deal-12"."""

    label: str
    note: str
    url: str
    icon: str
    key: str


@dataclass(frozen=True)
class Fact:
    """One line of what we know of a record."""

    label: str
    value: str
    url: str = ""
    is_ltr: bool = False


@dataclass(frozen=True)
class Chip:
    """One filter in force; `remove_url` shows the list without it, `edit_url` opens it in a dialog."""

    label: str
    remove_url: str
    is_broken: bool = False
    edit_url: str = ""


@dataclass(frozen=True)
class Column:
    """One head of a table; sortable when `sort_url` is set."""

    label: str
    sort_url: str = ""
    direction: Literal["", "ascending", "descending"] = ""
    is_number: bool = False
    is_wide_only: bool = False
    classes: Sequence[str] = field(default_factory=tuple)
