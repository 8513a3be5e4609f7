"""Other histories of a deal: each as it would stand in the books if somebody did something at that moment.

Nothing is written, and nothing that was read is changed: every function returns another history.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from crm.models import Deal

from .deal_history import DealHistory, Place


def is_planned(history: DealHistory) -> bool:
    """A task is open."""
    return any(done is None for _made, done in history.tasks)


def with_step(history: DealHistory, at: datetime) -> DealHistory | None:
    """A task was planned; None where one is."""
    if is_planned(history):
        return None
    return replace(history, tasks=[*history.tasks, (at, None)])


def with_touch(history: DealHistory, at: datetime) -> DealHistory:
    """A message was sent, a call noted, or a task done."""
    return replace(history, touches=[*history.touches, at])


def with_stage(history: DealHistory, at: datetime, place: Place) -> DealHistory:
    """It was moved."""
    return replace(history, moves=[*history.moves, (at, place, history.amount(at))])


def with_amount(history: DealHistory, at: datetime, amount: Decimal) -> DealHistory:
    """Its value, in the deal's own currency, was changed."""
    changed = (at, {"amount": [str(history.deal.amount), str(amount)]})
    return replace(history, deal=_with(history.deal, amount=amount), changes=[*history.changes, changed])


def with_close(history: DealHistory, at: datetime, day: date) -> DealHistory:
    """It is expected to close on that day."""
    old = history.deal.expected_close_on
    changed = (at, {"expected_close_on": [old.isoformat() if old else None, day.isoformat()]})
    return replace(history, deal=_with(history.deal, expected_close_on=day), changes=[*history.changes, changed])


LEVERS: Mapping[str, Callable[[DealHistory, datetime], DealHistory | None]] = {"step": with_step, "touch": with_touch}
"""What somebody can do without asking anybody. A stage only says what was done, a day what was agreed."""


def _with(deal: Deal, **fields: Any) -> Deal:
    other = copy(deal)
    for name, value in fields.items():
        setattr(other, name, value)
    return other
