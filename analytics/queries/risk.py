"""Who may leave and what they are worth: the matrix, and the customers to act on first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from analytics.models import Band, RiskCell, Score, ScoredTask
from crm.models import Scope, Task, User

from .time_limit import at_most
from .why import say_why

WORTH = {1: Band.LOW, 2: Band.LOW, 3: Band.MEDIUM, 4: Band.MEDIUM, 5: Band.HIGH}

ON_LINE = (
    "task", "band", "value", "stake", "reasons", "as_of", "model_version", "person__name", "person__last_order_at",
)  # fmt: skip
CANDIDATES = 3  # so many times the wanted lines are looked at in each band, by the index


@dataclass(frozen=True)
class Cell:
    """How many people have this risk of leaving and this worth, and what they may spend in a year if they stay."""

    risk: str
    worth: str
    people: int
    stake: float


def count_cells(scores: QuerySet[Score]) -> list[Cell]:
    """The matrix of these people, counted from their scores, in one query."""
    rows = (
        scores.filter(task=ScoredTask.CHURN)
        .order_by()
        .values_list("band", "fifth")
        .annotate(people=Count("pk"), money=Sum("stake"))
    )
    cells: dict[tuple[str, str], Cell] = {}
    for risk, fifth, people, money in rows:
        worth = WORTH.get(fifth, Band.MEDIUM)
        known = cells.get((risk, worth), Cell(risk, worth, 0, 0.0))
        cells[risk, worth] = Cell(risk, worth, known.people + people, known.stake + (money or 0.0))
    return list(cells.values())


def cells_for(user: User) -> list[Cell]:
    """The matrix as this user may see it, in one query."""
    if user.scope != Scope.ALL:
        return count_cells(Score.objects.visible_to(user))
    return [Cell(*row) for row in RiskCell.objects.values_list("risk", "worth", "people", "stake")]


def most_at_risk(
    user: User, *, limit: int, is_unplanned: bool = False, among: Q | None = None, seconds: float | None = None
) -> list[Score]:
    """Scores of leaving of those with a high or medium risk, by whom the most may be lost first, in two queries.

    With `is_unplanned` only those for whom no task is open; `among` narrows the scores. Raises TooSlowError where they
    are not found in so many seconds.
    """
    risky = Score.objects.visible_to(user).filter(task=ScoredTask.CHURN)
    if among:
        risky = risky.filter(among)
    if is_unplanned:
        risky = risky.filter(~Exists(Task.objects.open().filter(person=OuterRef("person"))))
    # Without the model, whose card is long: to read it for sixty rows was a third of the Insights page.
    risky = risky.select_related("person").only(*ON_LINE).order_by("-stake", "person")
    with at_most(seconds):
        found = [score for band in (Band.HIGH, Band.MEDIUM) for score in risky.filter(band=band)[: CANDIDATES * limit]]
    chosen = sorted(found, key=_loss, reverse=True)[:limit]
    say_why(chosen)
    return chosen


def _loss(score: Score) -> float:
    """What may be lost: the chance of leaving of what they may spend."""
    return score.value * (score.stake or 0.0)


def total(cells: Sequence[Cell], *, risk: str) -> tuple[int, float]:
    """People with this risk, and what they may spend in a year if they stay."""
    chosen = [cell for cell in cells if cell.risk == risk]
    return sum(cell.people for cell in chosen), sum(cell.stake for cell in chosen)
