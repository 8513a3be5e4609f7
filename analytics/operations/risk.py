"""Keeps the matrix of risk and value equal to the scores."""

from __future__ import annotations

from django.db import transaction
from django.db.models import Sum

from analytics.models import RiskCell, Score
from analytics.queries.risk import count_cells

QUICK = 20_000  # so many people are counted at once in some milliseconds


def recount_risk_soon() -> None:
    """Count the matrix anew: at once in a small shop, within a minute in a large one."""
    people = RiskCell.objects.aggregate(people=Sum("people"))["people"] or 0
    if people <= QUICK:
        recount_risk()
    else:
        RiskCell.objects.filter(is_stale=False).update(is_stale=True)


@transaction.atomic
def recount_risk() -> None:
    """Count the matrix from the scores."""
    cells = count_cells(Score.objects.all())
    RiskCell.objects.all().delete()
    RiskCell.objects.bulk_create(
        RiskCell(risk=cell.risk, worth=cell.worth, people=cell.people, stake=cell.stake) for cell in cells
    )


def recount_stale_risk() -> bool:
    """Count it if something has changed since; returns whether it had."""
    if not RiskCell.objects.filter(is_stale=True).exists():
        return False
    recount_risk()
    return True
