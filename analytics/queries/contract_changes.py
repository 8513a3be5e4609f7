"""Other histories of a running subscription: each as it would stand if somebody here did something now."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from copy import copy
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from crm.models import Subscription

from .contract_history import A_YEAR, Contract

CHEAPER = Decimal("0.9")


def with_order(contract: Contract, at: datetime) -> Contract:
    """They ordered something besides."""
    return replace(contract, owner=replace(contract.owner, orders=[*contract.owner.orders, at]))


def with_yearly_payment(contract: Contract, at: datetime) -> Contract | None:
    """As much money, paid once a year; None where it is paid so."""
    now = contract.subscription
    if now.interval == Subscription.Interval.YEAR:
        return None
    other = copy(now)
    other.interval, other.amount = Subscription.Interval.YEAR, now.amount * Decimal(A_YEAR[now.interval])
    return replace(contract, subscription=other)


def with_lower_price(contract: Contract, at: datetime) -> Contract:
    """A tenth cheaper."""
    other = copy(contract.subscription)
    other.amount *= CHEAPER
    return replace(contract, subscription=other)


LEVERS: Mapping[str, Callable[[Contract, datetime], Contract | None]] = {
    "order": with_order,
    "yearly": with_yearly_payment,
    "cheaper": with_lower_price,
}
"""What somebody can do or offer. Country, language and what they wrote before are nothing that one changes."""
