"""What winning customers costs, written down by channel and month."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction

from crm.events import record_event
from crm.models import Spend, User

from .editing import plain


@transaction.atomic
def enter_spend(*, channel: str, month: date, amount: Decimal, currency: str, actor: User | None) -> Spend:
    """Write or replace what one channel cost in a month. Records `spend.entered`.

    The same amount again changes nothing.
    """
    first, name = month.replace(day=1), " ".join(channel.split())
    known = Spend.objects.select_for_update().filter(channel__iexact=name, month=first).first()
    if known is not None and (known.amount, known.currency) == (amount, currency):
        return known
    row = known or Spend(channel=name, month=first)
    row.amount, row.currency = amount, currency
    row.save()
    _record("spend.entered", row, actor)
    return row


@transaction.atomic
def remove_spend(*, spend: Spend, actor: User | None) -> None:
    """Take an amount out that was entered by mistake. Records `spend.removed`."""
    _record("spend.removed", spend, actor)
    spend.delete()


def _record(kind: str, row: Spend, actor: User | None) -> None:
    data = {"channel": row.channel, "month": row.month.isoformat(), "amount": plain(row.amount)}
    record_event(kind=kind, subject=row, actor=actor, data=data)
