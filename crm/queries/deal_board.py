"""What the deals board shows: stages with their sums, the first cards of each, and what each card says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Exists, Min, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from crm import formats
from crm.models import Deal, Event, Pipeline, Stage, Task, User

from .deal_sums import Summable, Totals, totals_by

CARDS = 20  # of each column at first
MORE_CARDS = 40  # with each "Show more"

# What a card says: to fetch five whole records for each of a hundred cards was a quarter of the board's cost.
ON_CARD = (
    "title", "version", "amount", "currency", "position", "expected_close_on", "stage_entered_at", "win_probability",
    "person__name", "company__name", "owner__name", "owner__email", "stage__rot_days",
)  # fmt: skip


@dataclass(frozen=True)
class NextStep:
    """When the next open task of a deal is due. `tone` is late, today, later or none."""

    tone: str
    words: str


@dataclass(frozen=True)
class Card:
    """One deal on the board. `rests` is how long it has been in its stage or, when it is stale, how long idle."""

    pk: int
    version: int
    title: str
    whose: str
    amount: str
    chance: str
    closes: str
    is_close_late: bool
    step: NextStep
    rests: str
    is_stale: bool
    owner_name: str
    owner_key: int | None


@dataclass(frozen=True)
class BoardColumn:
    """One stage with its first cards. `after` is the cursor of the next ones, empty at the end."""

    stage: Stage
    totals: Totals
    cards: Sequence[Card]
    after: str = ""

    @property
    def left(self) -> int:
        """How many cards the first part leaves out."""
        return max(0, self.totals.count - len(self.cards))


@dataclass(frozen=True)
class Board:
    """One pipeline as columns of its open stages; `closing` are the stages that win or lose a deal."""

    pipelines: Sequence[Pipeline]
    pipeline: Pipeline | None
    columns: Sequence[BoardColumn]
    closing: Sequence[Stage]
    currency: str

    @property
    def totals(self) -> Totals:
        return sum((column.totals for column in self.columns), Totals())


def deal_board(
    deals: QuerySet[Deal], *, sums: Sequence[Summable], user: User, currency: str, pipeline_id: int | None = None
) -> Board:
    """The board of a pipeline (the first by default) for deals that are narrowed to what the user may see.

    Three queries: stages with where their first cards end, the sums (of what `summable` says), the cards.
    """
    stages = _stages(deals)
    pipelines = list({stage.pipeline_id: stage.pipeline for stage in stages}.values())
    chosen = next((p for p in pipelines if p.pk == pipeline_id), pipelines[0] if pipelines else None)
    ours = [stage for stage in stages if chosen is not None and stage.pipeline_id == chosen.pk]
    open_stages = [stage for stage in ours if stage.kind == Stage.Kind.OPEN]
    totals = stage_totals(sums, open_stages)
    cards = _first_cards(deals, open_stages, user)
    return Board(
        pipelines=pipelines,
        pipeline=chosen,
        columns=[_column(stage, totals.get(stage.pk, Totals()), cards.get(stage.pk, [])) for stage in open_stages],
        closing=[stage for stage in ours if stage.kind != Stage.Kind.OPEN],
        currency=currency,
    )


def stage_totals(sums: Sequence[Summable], stages: Iterable[Stage]) -> dict[int, Totals]:
    """The sums of these stages by id; stages without deals are left out."""
    shown = list(stages)
    return totals_by([rows.filter(stage__in=shown) for rows in sums], "stage_id")


def more_cards(deals: QuerySet[Deal], stage: Stage, after: str, *, user: User) -> tuple[list[Card], str]:
    """The next cards of a column below the cursor, and the cursor after them; from the top for a broken cursor."""
    rows = deals.filter(stage=stage).filter(_below(after))
    found = list(_dressed(rows, user).order_by("position", "pk")[: MORE_CARDS + 1])
    shown = found[:MORE_CARDS]
    return _cards(shown), _cursor(shown[-1]) if len(found) > MORE_CARDS else ""


def one_card(deals: QuerySet[Deal], pk: int, *, user: User) -> Card | None:
    """The card of one deal, if it is among these."""
    deal = _dressed(deals.filter(pk=pk), user).first()
    return _cards([deal])[0] if deal else None


# --- how the first cards of every column are found in two queries ---------------------------------------------------


def _stages(deals: QuerySet[Deal]) -> list[Stage]:
    """All stages in order, each with the position and id of the last card of its first part (and one more)."""
    along = deals.filter(stage=OuterRef("pk")).order_by("position", "pk")
    stages = Stage.objects.select_related("pipeline").annotate(
        edge_position=Subquery(along.values("position")[CARDS : CARDS + 1]),
        edge_pk=Subquery(along.values("pk")[CARDS : CARDS + 1]),
    )
    return list(stages.order_by("pipeline__position", "pipeline_id", "position", "pk"))


def _first_cards(deals: QuerySet[Deal], stages: Sequence[Stage], user: User) -> dict[int, list[Deal]]:
    if not stages:
        return {}
    firsts = Q()
    for stage in stages:
        firsts |= _up_to_edge(stage)
    found: dict[int, list[Deal]] = {}
    for deal in _dressed(deals.filter(firsts), user).order_by("position", "pk"):
        found.setdefault(deal.stage_id, []).append(deal)
    return found


def _up_to_edge(stage: Any) -> Q:
    """Written so that each part is one range of the index over stage, position and id."""
    if stage.edge_pk is None:
        return Q(stage=stage)
    is_before = Q(stage=stage, position__lt=stage.edge_position)
    return is_before | Q(stage=stage, position=stage.edge_position, pk__lte=stage.edge_pk)


def _column(stage: Stage, totals: Totals, deals: Sequence[Deal]) -> BoardColumn:
    shown = deals[:CARDS]
    after = _cursor(shown[-1]) if len(deals) > CARDS else ""
    return BoardColumn(stage, totals, _cards(shown), after)


def _cursor(deal: Deal) -> str:
    return f"{deal.position!r}_{deal.pk}"


def _below(cursor: str) -> Q:
    position, _mark, pk = cursor.partition("_")
    try:
        place, number = float(position), int(pk)
    except ValueError:
        return Q()
    return Q(position__gt=place) | Q(position=place, pk__gt=number)


# --- what a card says -----------------------------------------------------------------------------------------------


def _dressed(deals: QuerySet[Deal], user: User) -> QuerySet[Deal]:
    """With the people, the next open task and the last event of each: all by index, in the same query."""
    tasks = Task.objects.visible_to(user).filter(done_at=None, deal=OuterRef("pk")).order_by()
    # That a prediction moved is no sign of life.
    events = Event.objects.filter(deal=OuterRef("pk")).exclude(kind__startswith="score.").order_by("-at", "-pk")
    return (
        deals.select_related("person", "company", "owner", "stage")
        .only(*ON_CARD)
        .annotate(
            has_task=Exists(tasks),
            next_due_on=Subquery(tasks.values("deal").annotate(due=Min("due_on")).values("due")),
            touched_at=Greatest("stage_entered_at", Coalesce(Subquery(events.values("at")[:1]), "stage_entered_at")),
        )
    )


def _cards(deals: Iterable[Deal]) -> list[Card]:
    today = timezone.localdate()
    return [make_card(deal, today) for deal in deals]


def make_card(deal: Any, today: date) -> Card:
    """What the card of a deal says, in the reader's language and zone. The deal is one of `_dressed`."""
    idle = _days_since(deal.touched_at, today)
    is_stale = idle > deal.stage.rot_days
    return Card(
        pk=deal.pk,
        version=deal.version,
        title=deal.title,
        whose=" · ".join(str(record) for record in (deal.company, deal.person) if record is not None),
        amount=formats.money_whole(deal.amount, deal.currency) if deal.amount else "",
        chance="" if deal.win_probability is None else formats.percent(float(deal.win_probability) / 100),
        closes=formats.date_words(deal.expected_close_on) if deal.expected_close_on else "",
        is_close_late=deal.expected_close_on is not None and deal.expected_close_on < today,
        step=next_step(deal.next_due_on, has_task=deal.has_task, today=today),
        rests=idle_words(idle) if is_stale else rest_words(_days_since(deal.stage_entered_at, today)),
        is_stale=is_stale,
        owner_name=str(deal.owner) if deal.owner else "",
        owner_key=deal.owner_id,
    )


def next_step(due_on: date | None, *, has_task: bool, today: date) -> NextStep:
    """In words and tone: what people look for first on a board."""
    if not has_task:
        return NextStep("none", _("No next step"))
    if due_on is None:
        return NextStep("later", _("Planned"))
    tone = "late" if due_on < today else "today" if due_on == today else "later"
    return NextStep(tone, formats.due_words(due_on))


def rest_words(days: int) -> str:
    """How long a deal has been in its stage."""
    if days <= 0:
        return _("since today")
    return ngettext("%(days)s day", "%(days)s days", days) % {"days": formats.number(days)}


def idle_words(days: int) -> str:
    """How long nothing has happened to a deal."""
    return ngettext("Idle %(days)s day", "Idle %(days)s days", days) % {"days": formats.number(days)}


def _days_since(at: datetime, today: date) -> int:
    return max(0, (today - timezone.localdate(at)).days)
