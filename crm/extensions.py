"""The extension points: small typed registries through which the other apps and plug-ins add to the product.

An app registers in its `AppConfig.ready`; a third-party plug-in is a Django app found by the entry-point
group `rapport.plugins` and does the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, Protocol, TypeVar

if TYPE_CHECKING:
    from django.db.models import Model, Q, QuerySet
    from django.utils.functional import _StrOrPromise
    from django.utils.safestring import SafeString

    from .demo.premises import DemoShop
    from .models import Event, Person, User
    from .parts import Hit
    from .queries.privacy import Held


class Named(Protocol):
    @property
    def key(self) -> str: ...


T = TypeVar("T", bound=Named)
News = Literal["good", "warn", "bad", "none"]  # "none": neither good nor bad


class AlreadyRegisteredError(ValueError):
    """Two extensions claim one key; the later one is refused rather than winning silently."""


class Registry(Generic[T]):
    """Extensions of one kind by key, in the order of registration."""

    def __init__(self, title: str) -> None:
        self.title = title
        self._items: dict[str, T] = {}

    def register(self, *items: T) -> None:
        for item in items:
            if item.key in self._items:
                raise AlreadyRegisteredError(f"{self.title}: {item.key!r} is registered twice")
            self._items[item.key] = item

    def unregister(self, key: str) -> None:
        del self._items[key]

    def get(self, key: str) -> T | None:
        return self._items.get(key)

    def __getitem__(self, key: str) -> T:
        return self._items[key]

    def __iter__(self) -> Iterator[T]:
        return iter(tuple(self._items.values()))

    def __len__(self) -> int:
        return len(self._items)


@dataclass(frozen=True)
class NavItem:
    """A place in the navigation. `badge` counts what waits there for this user."""

    key: str
    label: _StrOrPromise
    url_name: str
    icon: str
    position: int
    badge: Callable[[User], int] | None = None
    capability: str | None = None
    on_phone: bool = False


@dataclass(frozen=True)
class NewItem:
    """An entry of the New menu: the page with the form, which opens as a dialog."""

    key: str
    label: _StrOrPromise
    url_name: str
    icon: str
    position: int
    capability: str | None = None


@dataclass(frozen=True)
class Banner:
    """A line above every page. `tone` is "" (warning), "info" or "bad"."""

    words: _StrOrPromise
    icon: str = "exclamation-triangle"
    tone: str = ""
    url: str = ""
    link_words: _StrOrPromise = ""


@dataclass(frozen=True)
class BannerSource:
    """Says which banners are due: demo data is on, sending is paused, a worker is silent. Runs on every page."""

    key: str
    find: Callable[[User], Sequence[Banner]]


@dataclass(frozen=True)
class SearchSource:
    """What another room finds in its own records: at most so many hits that this user may see."""

    key: str
    label: _StrOrPromise
    find: Callable[[User, str, int], Sequence[Hit]]


@dataclass(frozen=True)
class LikenessSource:
    """Finds records by what they mean. `find` gives ids that this user may see, the likest first, at most so many.

    `target` is "conversation". A source that can't look now finds nothing.
    """

    key: str
    target: str
    find: Callable[[User, str, int], Sequence[int]]


@dataclass(frozen=True)
class Bell:
    """Where the bell in the top bar leads, and how much is new there for this user."""

    key: str
    url_name: str
    count: Callable[[User], int]


@dataclass(frozen=True)
class RecordPanel:
    """A card on a record page, loaded by htmx from its own URL, so that it fails alone.

    `url_name` takes the record's id. `target` is "person", "company", "deal" or "conversation".
    """

    key: str
    target: str
    title: _StrOrPromise
    url_name: str
    position: int


@dataclass(frozen=True)
class RecordAction:
    """A button in the header of a record page; `url_name` takes the record's id and answers with a dialog."""

    key: str
    target: str
    label: _StrOrPromise
    icon: str
    url_name: str
    position: int
    capability: str | None = None


@dataclass(frozen=True)
class ListColumn:
    """A column that another app adds to a list.

    `annotate` adds what the cell needs to the page's queryset in the same query; `sort` returns the queryset in this
    column's order (one expression, then "pk") with rows that have no value left out: the list shows those at the end.
    `draw` makes one cell from the record, as words or as safe markup; `value` is what a file gets. One that is no
    default shows where somebody chooses it, an extra one on wide desks, too: a list has room for about eight.
    A phone leaves out what is wide only.
    """

    key: str
    target: str
    label: _StrOrPromise
    draw: Callable[[Any], SafeString | str]
    annotate: Callable[[QuerySet[Any]], QuerySet[Any]]
    sort: Callable[[QuerySet[Any], bool], QuerySet[Any]] | None = None
    value: Callable[[Any], Any] | None = None
    is_number: bool = False
    is_default: bool = True
    is_extra: bool = False
    is_wide_only: bool = False


@dataclass(frozen=True)
class DashboardTile:
    """A block that can be put on dashboards, loaded by htmx from its own URL, which answers with a card.

    `span` is in twelfths of the width. `on_insights`: it stands on the Insights page, too. What a dashboard is narrowed
    to comes as parameters of the URL: `filter` is JSON, a filter by target, of the targets in `follows` (whose records:
    as a rule about the first of them that has an owner); with `follows_period` also `from` and `to`, the first and the
    last day.
    """

    key: str
    title: _StrOrPromise
    url_name: str
    position: int
    span: int = 3
    capability: str | None = None
    on_insights: bool = True
    follows: tuple[str, ...] = ()
    follows_period: bool = False


@dataclass(frozen=True)
class TodayBlock:
    """A block of the Today page, loaded by htmx from its own URL."""

    key: str
    title: _StrOrPromise
    url_name: str
    position: int


@dataclass(frozen=True)
class EventKind:
    """A kind of event: past tense and dotted. `sentence` says it on a timeline with %(actor)s and the event's data.

    `words` turns keys and numbers in the data into words of the reader's language, for the sentence; `url` says where
    the event can be looked at.
    """

    key: str
    label: _StrOrPromise
    sentence: _StrOrPromise
    icon: str = "bolt"
    group: str = "change"
    words: Callable[[Mapping[str, Any]], Mapping[str, str]] | None = None
    url: Callable[[Mapping[str, Any]], str] | None = None


@dataclass(frozen=True)
class EventConsumer:
    """Somebody who acts on events. `handle` gets events of the wanted kinds, in order, inside a transaction.

    It runs once per event and its database writes commit together with the note that it has run. `kinds` are
    exact kinds or prefixes that end with a dot; `in_imports` says whether it wants events of imports, too.
    """

    key: str
    kinds: tuple[str, ...]
    handle: Callable[[Sequence[Event]], None]
    in_imports: bool = True

    def wants(self, event: Event) -> bool:
        if event.via == "import" and not self.in_imports and not event.data.get("run_flows"):
            return False
        return any(event.kind == kind or (kind.endswith(".") and event.kind.startswith(kind)) for kind in self.kinds)


@dataclass(frozen=True)
class FilterField:
    """A field of the filter language for one model.

    `path` is an ORM path; where one path can't say it, `compile` makes the `Q` from operator and parsed value, and
    `by` the expression by whose values reports group. `options` gives the choices of a choice field, by value, and
    `is_ordered` says that these stand in an order of their own. `tones` says which values are what news: a chart draws
    them so.
    """

    key: str
    target: str
    label: _StrOrPromise
    kind: str
    path: str = ""
    compile: Callable[[str, Any], Q] | None = None
    operators: tuple[str, ...] = ()
    options: Callable[[], Mapping[Any, _StrOrPromise]] | None = None
    group: _StrOrPromise = ""
    is_personal_data: bool = False
    by: Callable[[], Any] | None = None
    is_ordered: bool = False
    tones: Mapping[str, News] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class HealthCheck:
    """A look at one part of the running system; it answers in words."""

    key: str
    label: _StrOrPromise
    check: Callable[[], Health]


@dataclass(frozen=True)
class Health:
    """`state` is "good", "warn" or "bad"; `words` say what is wrong and what to do."""

    state: str
    words: str
    facts: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Channel:
    """A way in which messages come and go. `send` delivers one outgoing message and returns its external id."""

    key: str
    label: _StrOrPromise
    icon: str
    send: Callable[[Any], str] | None = None


@dataclass(frozen=True)
class FlowAction:
    """What a flow may do. `run` gets the run, the step's settings and a key under which it happens once."""

    key: str
    label: _StrOrPromise
    run: Callable[[Any, Mapping[str, Any], str], Mapping[str, Any]]


@dataclass(frozen=True)
class PredictionTask:
    """Something that is predicted: its words, and how a score is shown."""

    key: str
    label: _StrOrPromise
    target: str
    model: Callable[[], type[Model]] | None = None


@dataclass(frozen=True)
class Metric:
    """One number of the business. `count` gives its figure for a span (`analytics.queries.metrics`); `kind` says how it
    is said: money, share, number, minutes, points, months. `formula` tells in words how it is counted.

    `predicts` is the key of the metric that a prediction foretells; `beside` of one that asks the same in another way
    and is shown with it. `is_now`: it is known of this
    moment alone, so that no past span can be counted later. `is_better` says which way is good: up, down or neither;
    `of` is the sentence of its sample, with %(n)s.
    """

    key: str
    label: _StrOrPromise
    section: str
    kind: str
    formula: _StrOrPromise
    count: Callable[[Any], Any]
    predicts: str = ""
    beside: str = ""
    is_now: bool = False
    is_better: str = "up"
    of: _StrOrPromise = ""


@dataclass(frozen=True)
class ReportAmount:
    """A number of each row that reports add up or average. `kind` says how it is said: money, number, minutes.

    `value` makes its expression. Money is in the currency of the business; where rows may have another one and no rate,
    `currency` is the path that says which.
    """

    key: str
    label: _StrOrPromise
    kind: str
    value: Callable[[], Any]
    currency: str = ""


@dataclass(frozen=True)
class ReportShare:
    """Which share of the rows `of` are also `part`: of the closed deals those that were won."""

    key: str
    label: _StrOrPromise
    part: Callable[[], Q]
    of: Callable[[], Q]


@dataclass(frozen=True)
class ReportSource:
    """What reports can count: the rows of one target of the filter language, from `visible_to` on.

    Its fields, dates and numbers are those of the filter language; `date` is the usual one to count by. `list_url_name`
    is the list that takes the same filter, where there is one. `count_label` heads the count.
    """

    key: str
    label: _StrOrPromise
    model: Callable[[], type[Model]]
    date: str
    count_label: _StrOrPromise
    amounts: tuple[ReportAmount, ...] = ()
    shares: tuple[ReportShare, ...] = ()
    list_url_name: str = ""
    icon: str = "chart-bar"


@dataclass(frozen=True)
class SetUpStep:
    """What a room puts in when the business is set up, in the same transaction and in the business's language."""

    key: str
    run: Callable[[], None]


@dataclass(frozen=True)
class FirstStep:
    """A line of the list that a new workspace shows on Today until all is done. `is_done` runs once a page."""

    key: str
    label: _StrOrPromise
    hint: _StrOrPromise
    url_name: str
    position: int
    is_done: Callable[[], bool]


@dataclass(frozen=True)
class DemoPart:
    """What a room adds to the demo business. `remove` takes out whatever would not go with the demo's people."""

    key: str
    label: _StrOrPromise
    make: Callable[[DemoShop], None]
    remove: Callable[[], None]


@dataclass(frozen=True)
class PrivacyExporter:
    """What one room holds of a person: for their data export, and for erasing them.

    `collect` gives tables with plain values (`crm.queries.privacy.held`), also of what was foretold of them. `erase`
    deletes or makes nameless whatever would not go with the person's row; it runs in the transaction that deletes them.
    `remember` gives keys (what it is, its normal form) by which this room would know them again: only hashes are kept.
    """

    key: str
    label: _StrOrPromise
    position: int
    collect: Callable[[Person], Iterable[Held]]
    erase: Callable[[Person], None] | None = None
    remember: Callable[[Person], Iterable[tuple[str, str]]] | None = None


nav_items: Registry[NavItem] = Registry("navigation items")
new_items: Registry[NewItem] = Registry("entries of the New menu")
page_banners: Registry[BannerSource] = Registry("banners above every page")
search_sources: Registry[SearchSource] = Registry("sources of search")
likeness_sources: Registry[LikenessSource] = Registry("sources of likeness")
bells: Registry[Bell] = Registry("bells")
record_panels: Registry[RecordPanel] = Registry("record panels")
record_actions: Registry[RecordAction] = Registry("record actions")
list_columns: Registry[ListColumn] = Registry("list columns")
dashboard_tiles: Registry[DashboardTile] = Registry("dashboard tiles")
today_blocks: Registry[TodayBlock] = Registry("blocks of the Today page")
event_kinds: Registry[EventKind] = Registry("event kinds")
event_consumers: Registry[EventConsumer] = Registry("event consumers")
filter_fields: Registry[FilterField] = Registry("filter fields")
health_checks: Registry[HealthCheck] = Registry("health checks")
channels: Registry[Channel] = Registry("channels")
flow_actions: Registry[FlowAction] = Registry("flow actions")
prediction_tasks: Registry[PredictionTask] = Registry("prediction tasks")
metrics: Registry[Metric] = Registry("metrics")
report_sources: Registry[ReportSource] = Registry("sources of reports")
set_up_steps: Registry[SetUpStep] = Registry("steps of setting up")
first_steps: Registry[FirstStep] = Registry("first steps of a new workspace")
demo_parts: Registry[DemoPart] = Registry("parts of the demo business")
privacy_exporters: Registry[PrivacyExporter] = Registry("privacy exporters")

REGISTRIES: tuple[Registry[Any], ...] = (
    nav_items, new_items, page_banners, search_sources, likeness_sources, bells, record_panels, record_actions,
    list_columns, dashboard_tiles, today_blocks, event_kinds, event_consumers, filter_fields, health_checks, channels,
    flow_actions, prediction_tasks, metrics, report_sources, set_up_steps, first_steps, demo_parts,
    privacy_exporters,
)  # fmt: skip


def panels_for(target: str) -> list[RecordPanel]:
    return sorted((p for p in record_panels if p.target == target), key=lambda p: p.position)


def columns_for(target: str) -> list[ListColumn]:
    return [column for column in list_columns if column.target == target]


def actions_for(target: str) -> list[RecordAction]:
    return sorted((a for a in record_actions if a.target == target), key=lambda a: a.position)
