"""Writes of subscriptions: started, and ended for a reason."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from crm.events import record_event
from crm.models import Person, Product, Subscription, User

from .editing import plain


class EndsBeforeItStartsError(ValueError):
    """A subscription can't end before its first day."""


@transaction.atomic
def start_subscription(
    *,
    actor: User | None,
    person: Person,
    name: str,
    amount: Decimal,
    currency: str,
    interval: str,
    started_on: date,
    product: Product | None = None,
    source: str = "",
    external_id: str = "",
) -> Subscription:
    """What somebody pays again and again; a repeat of (source, external id) returns the one of then.

    Records `subscription.started`.
    """
    if external_id:
        known = Subscription.objects.filter(source=source, external_id=external_id).first()
        if known is not None:
            return known
    subscription = Subscription.objects.create(
        person=person, product=product, name=name.strip()[:150], amount=amount, currency=currency, interval=interval,
        started_on=started_on, source=source, external_id=external_id,
    )  # fmt: skip
    data = {"name": subscription.name, "amount": plain(amount), "currency": currency}
    record_event(kind="subscription.started", subject=subscription, actor=actor, data=data)
    return subscription


@transaction.atomic
def end_subscription(
    *, subscription: Subscription, actor: User | None, ended_on: date, end_reason: str = ""
) -> Subscription:
    """The last day of a subscription. Idempotent. Records `subscription.ended`. Raises EndsBeforeItStartsError."""
    subscription = Subscription.objects.select_for_update(of=("self",)).get(pk=subscription.pk)
    if ended_on < subscription.started_on:
        raise EndsBeforeItStartsError(_("It can't end before it started."))
    if subscription.ended_on is not None:
        return subscription
    subscription.ended_on, subscription.end_reason = ended_on, end_reason.strip()[:200]
    subscription.save(update_fields=["ended_on", "end_reason"])
    data = {"name": subscription.name, "reason": subscription.end_reason}
    record_event(kind="subscription.ended", subject=subscription, actor=actor, data=data)
    return subscription
