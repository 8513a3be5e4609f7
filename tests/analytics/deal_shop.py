"""A business that wins most deals that were recommended, for tests of what is learned from deals."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from random import Random

from crm.models import Deal, Stage, StageChange
from crm.operations.workspace import make_default_pipeline
from tests.factories import NOW


def make_closed_deals(count: int = 160, *, has_signal: bool = True, seed: int = 3) -> list[Deal]:
    """Each open for some weeks in two stages, then won or lost."""
    random = Random(seed)
    stages = list(make_default_pipeline().stages.order_by("position"))
    won, lost = (next(stage for stage in stages if stage.kind == kind) for kind in (Stage.Kind.WON, Stage.Kind.LOST))
    deals = []
    for number in range(count):
        is_recommended = random.random() < 0.5
        chance = 0.5 if not has_signal else 0.85 if is_recommended else 0.15
        opened = NOW - timedelta(days=random.randrange(60, 700))
        deals.append(
            Deal(
                title=f"Closed {number}", stage=won if random.random() < chance else lost, currency="EUR",
                amount=Decimal(random.randrange(100, 900)), lead_source="Friend" if is_recommended else "Fair",
                created_at=opened, closed_at=opened + timedelta(days=random.randrange(10, 40)),
            )
        )  # fmt: skip
    Deal.objects.bulk_create(deals)
    StageChange.objects.bulk_create(move for deal in deals for move in _moves(deal, stages))
    return deals


def _moves(deal: Deal, stages: list[Stage]) -> list[StageChange]:
    assert deal.closed_at is not None
    steps = [
        (stages[0], deal.created_at),
        (stages[1], deal.created_at + timedelta(days=5)),
        (deal.stage, deal.closed_at),
    ]
    return [StageChange(deal=deal, to_stage=stage, at=at, amount=deal.amount) for stage, at in steps]
