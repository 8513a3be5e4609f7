"""What the analytics room adds to the Today page."""

from __future__ import annotations

from crm.models import User

from .boards.blocks import BlockNarrowing
from .insights import Leaver, leaver
from .person_insight import workspace_currency
from .risk import most_at_risk

MOST = 5


def leavers_to_call(user: User, narrowed: BlockNarrowing | None = None) -> list[Leaver]:
    """The most valuable customers at risk for whom nothing is planned yet; two queries. Raises TooSlowError."""
    currency, narrowed = workspace_currency(), narrowed or BlockNarrowing()
    scores = most_at_risk(
        user, limit=MOST, is_unplanned=True, among=narrowed.people("person"), seconds=narrowed.seconds
    )
    return [leaver(score, currency) for score in scores]
