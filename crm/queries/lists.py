"""The machinery of every list: columns, order, pages, search and filter, all of it in the URL.

A noun describes its list once as a `Listing`; `list_page` answers a URL with one page of rows in a fixed number of
queries: the ids of the page, its rows, what `dress` prefetches, and a capped count.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from crm import extensions
from crm.addresses import address
from crm.filters import FilterError, compile_filter
from crm.models import CustomField, User
from crm.search import MOST_HITS, found, hit_ids, query_words

from .counts import MOST_COUNTED, Count, capped_count
from .keyset import Slice, cut, read_cursor
from .list_state import ListState

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise
    from django.utils.safestring import SafeString

PAGE_SIZE = 50
LARGE = 20_000  # ids from which on a table is large
MOST_IN_LARGE = 1000  # rows of it that are counted behind a filter
MOST_FITTING = 8  # columns that fit beside each other on a desk's screen


def _nothing(row: Any) -> str:
    return ""


def _as_is(rows: QuerySet[Any]) -> QuerySet[Any]:
    return rows


def _undressed(rows: QuerySet[Any], reader: User) -> QuerySet[Any]:
    return rows


@dataclass(frozen=True)
class Column:
    """One column. `text` says the cell in words; `draw` makes safe markup where words are not enough;
    `value` is what a file gets instead of the words: a number, a date.

    `order` names an index: ("name", "pk") or ("-spent", "pk"); the list sorts along it or exactly against it.
    A column of another app sorts by `sort` and adds what its cell needs with `annotate`. An extra column stands back
    where the window is not wide, unless the reader chose it; a long one gives way there to what can't.
    """

    key: str
    label: _StrOrPromise
    text: Callable[[Any], str] = _nothing
    value: Callable[[Any], Any] | None = None
    draw: Callable[[Any], SafeString | str] | None = None
    order: tuple[str, str] | None = None
    is_nullable: bool = False
    is_number: bool = False
    is_wide_only: bool = False
    is_extra: bool = False
    is_long: bool = False
    is_default: bool = True
    annotate: Callable[[QuerySet[Any]], QuerySet[Any]] = _as_is
    sort: Callable[[QuerySet[Any], bool], QuerySet[Any]] | None = None

    @property
    def is_sortable(self) -> bool:
        return self.order is not None or self.sort is not None

    @property
    def falls_first(self) -> bool:
        """Whether the first click on the head shows the highest first: for numbers and dates it does."""
        return self.order[0].startswith("-") if self.order else True

    @property
    def has_value(self) -> bool:
        return self.value is not None or self.text is not _nothing

    def exported(self, record: Any) -> Any:
        return self.text(record) if self.value is None else self.value(record)


@dataclass(frozen=True)
class Listing:
    """How one noun is listed. `dress` adds what cells need (select_related, prefetch, sub-queries) to a page's rows,
    as the reader may see it. `edit_capability` (of `access.Can`) is what changing a selection takes. `also_narrows`
    names other pages that show the same rows in another way and take the same search and filter.

    The first column is the row's name and always shown. `default_sort` is a sortable column's key, "-" first to fall.
    """

    target: str
    model: type[Model]
    url_name: str
    row_url_name: str
    columns: Sequence[Column]
    default_sort: str
    search_label: _StrOrPromise = ""
    count_words: Callable[[Count], str] = str
    dress: Callable[[QuerySet[Any], User], QuerySet[Any]] = _undressed
    is_searched: bool = True
    has_owner: bool = True
    has_avatar: bool = True
    avatar_class: str = ""
    edit_capability: str = "edit"
    also_narrows: Sequence[str] = ()


def all_columns(listing: Listing) -> list[Column]:
    """Built-in columns, those of other apps, and the business's own fields; one query."""
    rows = CustomField.objects.filter(target=listing.target, is_archived=False).order_by("position", "pk")
    return [*standing_columns(listing), *(_custom_column(row) for row in rows)]


def standing_columns(listing: Listing) -> list[Column]:
    """The columns that need no query to be known."""
    return [*listing.columns, *(_extension_column(column) for column in extensions.columns_for(listing.target))]


def _extension_column(column: extensions.ListColumn) -> Column:
    return Column(
        key=column.key, label=column.label, draw=column.draw, is_number=column.is_number,
        annotate=column.annotate, sort=column.sort, value=column.value, is_default=column.is_default,
        is_extra=column.is_extra, is_wide_only=column.is_wide_only,
    )  # fmt: skip


def _custom_column(row: CustomField) -> Column:
    return Column(
        key=f"custom.{row.key}",
        label=row.label,
        text=lambda record: custom_words(row, record.custom.get(row.key)),
        is_number=row.kind == CustomField.Kind.NUMBER,
        is_wide_only=True,
        is_default=False,
    )


def custom_words(field_: CustomField, value: Any) -> str:
    """The value of an own field as people read it."""
    if value is None or value == "":
        return ""
    if field_.kind == CustomField.Kind.BOOLEAN:
        return _("Yes") if value else _("No")
    return str(value)


# --- rows ---------------------------------------------------------------------------------------------------------


def rows_of(listing: Listing, user: User, state: ListState) -> QuerySet[Any]:
    """Every row that this state shows to this user, unordered. Raises FilterError with words."""
    rows = _filtered(listing, user, state)
    return found(rows, state.q) if listing.is_searched else rows


def _filtered(listing: Listing, user: User, state: ListState) -> QuerySet[Any]:
    if state.error:
        raise FilterError(state.error)
    manager: Any = listing.model._default_manager
    rows: QuerySet[Any] = manager.visible_to(user)
    return rows.filter(compile_filter(listing.target, state.filter)) if state.filter else rows


def _searched(listing: Listing, user: User, state: ListState) -> tuple[QuerySet[Any], Count | None]:
    """Like `rows_of`, and how many hits there are where a search has counted them already."""
    rows = _filtered(listing, user, state)
    if not listing.is_searched or not query_words(state.q):
        return rows, None
    ids = hit_ids(rows, state.q)
    return listing.model._default_manager.filter(pk__in=ids), Count(len(ids))


@dataclass(frozen=True)
class Row:
    """One record of a list; `cells` are those after the first column, as text or as safe markup."""

    record: Any
    url: str
    cells: Sequence[str]

    @property
    def pk(self) -> int:
        return int(self.record.pk)

    @property
    def name(self) -> str:
        return str(self.record)


@dataclass(frozen=True)
class ListPage:
    """One page of a list. With `error` the filter could not be understood and nothing is shown."""

    state: ListState
    columns: Sequence[Column]
    sort: str
    rows: Sequence[Row] = ()
    count: Count = field(default_factory=lambda: Count(0))
    next_query: str = ""
    previous_query: str = ""
    error: str = ""

    @property
    def table_class(self) -> str:
        """Which columns hold numbers and which a phone leaves out, said once for all rows; the tick is column 1."""
        numbered = list(enumerate(self.columns, start=2))
        classes = [f"number-{place}" for place, column in numbered if column.is_number]
        classes += [f"wide-{place}" for place, column in numbered if column.is_wide_only]
        if not self.state.columns:
            classes += [f"extra-{place}" for place, column in numbered if column.is_extra]
        if len(self.state.columns) >= MOST_FITTING:
            return " ".join([*classes, "table--many"])
        classes += [f"long-{place}" for place, column in numbered if column.is_long]
        return " ".join(classes)

    @property
    def has_cut_hits(self) -> bool:
        """A search with more hits than are sorted and shown."""
        return bool(self.state.q) and self.count.number >= MOST_HITS


def list_page(listing: Listing, user: User, state: ListState, *, size: int = PAGE_SIZE) -> ListPage:
    """The page that this state stands for, in at most five queries besides those of `dress`."""
    known = all_columns(listing) if any(key.startswith("custom.") for key in state.columns) else None
    columns = shown_columns(known or standing_columns(listing), state.columns)
    sort, sorter = sorter_of(known or standing_columns(listing), listing, state.sort)
    page = ListPage(state=state, columns=columns, sort=sort)
    try:
        rows, hits = _searched(listing, user, state)
        piece = _cut(rows, sorter, sort, state, size)
    except FilterError as error:
        return replace(page, error=str(error))
    is_whole = not piece.next and not piece.previous
    return replace(
        page,
        rows=[make_row(listing, columns, record) for record in fetch_records(listing, user, columns, piece.ids)],
        count=Count(len(piece.ids)) if is_whole else hits or _count(rows, state, piece.ids),
        next_query=state.query(after=piece.next.sign(sort)) if piece.next else "",
        previous_query=state.query(before=piece.previous.sign(sort)) if piece.previous else "",
    )


def _count(rows: QuerySet[Any], state: ListState, shown: Sequence[int]) -> Count:
    """How many rows there are. In a large table a filter may pass few of them, and to count on costs more than the
    page; how large it is the ids on the page tell."""
    is_long_way = bool(state.filter) and max(shown, default=0) > LARGE
    return capped_count(rows, most=MOST_IN_LARGE if is_long_way else MOST_COUNTED)


def shown_columns(known: Sequence[Column], wanted: Sequence[str]) -> list[Column]:
    """The wanted columns in the wanted order, the row's name first; unknown keys are passed over."""
    if not wanted:
        return [column for column in known if column.is_default]
    by_key = {column.key: column for column in known[1:]}
    return [known[0], *(by_key[key] for key in dict.fromkeys(wanted) if key in by_key)]


def sorter_of(known: Sequence[Column], listing: Listing, sort: str) -> tuple[str, Column]:
    by_key = {column.key: column for column in known if column.is_sortable}
    if sort.removeprefix("-") not in by_key:
        sort = listing.default_sort
    return sort, by_key[sort.removeprefix("-")]


def sorted_rows(rows: QuerySet[Any], column: Column, *, is_falling: bool) -> tuple[QuerySet[Any], QuerySet[Any] | None]:
    """The rows that have a value in this column, in its order, and the rows that have none."""
    if column.sort is not None:
        with_value = column.sort(rows, is_falling)
        return with_value, rows.exclude(pk__in=with_value.order_by().values("pk"))
    order = column.order or ("pk", "pk")
    name = order[0].removeprefix("-")
    along = rows.order_by(*order)
    ordered = along if order[0].startswith("-") == is_falling else along.reverse()
    if not column.is_nullable:
        return ordered, None
    return ordered.filter(**{f"{name}__isnull": False}), rows.filter(**{f"{name}__isnull": True})


def _cut(rows: QuerySet[Any], column: Column, sort: str, state: ListState, size: int) -> Slice:
    with_value, tail = sorted_rows(rows, column, is_falling=sort.startswith("-"))
    after, before = read_cursor(state.after, sort), read_cursor(state.before, sort)
    return cut(with_value, size=size, tail=tail, after=after, before=before)


def fetch_records(listing: Listing, user: User, columns: Sequence[Column], ids: Sequence[int]) -> list[Any]:
    """The records with these ids in this order, dressed for these columns."""
    if not ids:
        return []
    queryset = listing.dress(listing.model._default_manager.filter(pk__in=ids), user)
    for column in columns:
        queryset = column.annotate(queryset)
    by_id = {record.pk: record for record in queryset}
    return [by_id[pk] for pk in ids if pk in by_id]


def make_row(listing: Listing, columns: Sequence[Column], record: Any) -> Row:
    cells = [(column.draw or column.text)(record) for column in columns[1:]]
    return Row(record, address(listing.row_url_name, record.pk), cells)
