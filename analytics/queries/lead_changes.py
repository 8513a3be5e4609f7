"""Other histories of somebody who has not ordered: each as it would stand if somebody here did something now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import datetime

from .lead_history import LeadHistory


def with_touch(lead: LeadHistory, at: datetime) -> LeadHistory:
    """A message was sent, a call noted, or a task done."""
    return replace(lead, done=[*lead.done, at])


def with_offer(lead: LeadHistory, at: datetime) -> LeadHistory | None:
    """A deal was opened; None where one is open."""
    if any(made <= at and (end is None or end > at) for made, end in lead.deals):
        return None
    return replace(lead, deals=[*lead.deals, (at, None)])


LEVERS: Mapping[str, Callable[[LeadHistory, datetime], LeadHistory | None]] = {
    "touch": with_touch,
    "offer": with_offer,
}
"""What somebody can do. A job or company that gets known, or another country, is nothing that one does."""
