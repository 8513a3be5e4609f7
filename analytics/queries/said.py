"""The reasons of a score as lines."""

from __future__ import annotations

from analytics.models import Score
from analytics.reasons import reason_words

MOST_REASONS = 3


def said_reasons(score: Score, currency: str) -> list[tuple[str, bool]]:
    """Up to three reasons in words, and whether each raises the score; one that pulls the other way stays.

    Of a score that has its reasons: see `why.say_why`.
    """
    reasons = score.reasons or ()
    said = ((reason_words(reason, currency), reason.get("direction") == "up") for reason in reasons)
    found = [(words, raises) for words, raises in said if words]
    return found if len(found) <= MOST_REASONS else [*found[: MOST_REASONS - 1], found[-1]]
