"""Writes of what a deal consists of: its products, by quantity and price."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.db.models import DecimalField, F, Sum

from crm.events import record_event
from crm.models import Deal, DealLine, Product, User

from .editing import locked, plain

AMOUNT = DecimalField(max_digits=19, decimal_places=4)
CENT = Decimal("0.0001")


@transaction.atomic
def add_deal_line(
    *,
    deal: Deal,
    description: str,
    quantity: Decimal,
    unit_price: Decimal,
    actor: User | None,
    product: Product | None = None,
) -> DealLine:
    """One more product on a deal; a value that was the sum of the products stays it. Records `deal.changed`."""
    deal, before = locked(deal, None), _total(deal)
    line = DealLine.objects.create(
        deal=deal, product=product, description=description.strip()[:255], quantity=quantity, unit_price=unit_price
    )
    _follow(deal, before, actor, ["", _words(line)])
    return line


@transaction.atomic
def change_deal_line(
    *,
    line: DealLine,
    description: str,
    quantity: Decimal,
    unit_price: Decimal,
    actor: User | None,
    product: Product | None = None,
) -> DealLine:
    """Another product, quantity or price; a value that was the sum of the products stays it. Records `deal.changed`."""
    deal, before, old = locked(line.deal, None), _total(line.deal), _words(line)
    line.product, line.description = product, description.strip()[:255]
    line.quantity, line.unit_price = quantity, unit_price
    line.save(update_fields=["product", "description", "quantity", "unit_price"])
    if _words(line) != old:
        _follow(deal, before, actor, [old, _words(line)])
    return line


@transaction.atomic
def remove_deal_line(*, line: DealLine, actor: User | None) -> None:
    """Take a product off a deal; a value that was the sum of the products stays it. Records `deal.changed`."""
    deal, before = locked(line.deal, None), _total(line.deal)
    line.delete()
    _follow(deal, before, actor, [_words(line), ""])


@transaction.atomic
def value_by_lines(*, deal: Deal, actor: User | None) -> Deal:
    """Make the sum of its products the deal's value. Records `deal.changed`."""
    deal = locked(deal, None)
    _set_amount(deal, _total(deal), actor, {})
    return deal


def _follow(deal: Deal, before: Decimal, actor: User | None, changed: list[str]) -> None:
    """The value follows the products as long as nobody has set it apart from them."""
    is_following = deal.amount in (0, before)
    _set_amount(deal, _total(deal) if is_following else deal.amount, actor, {"products": changed})


def _set_amount(deal: Deal, amount: Decimal, actor: User | None, changed: dict[str, list[str]]) -> None:
    if amount != deal.amount:
        changed = {**changed, "amount": [plain(deal.amount), plain(amount)]}
        deal.amount, deal.version = amount, deal.version + 1
        deal.save(update_fields=["amount", "version", "updated_at"])
    if changed:
        record_event(kind="deal.changed", subject=deal, actor=actor, data={"changed": changed})


def _total(deal: Deal) -> Decimal:
    summed = deal.lines.aggregate(total=Sum(F("quantity") * F("unit_price"), output_field=AMOUNT))["total"]
    return Decimal(summed or 0).quantize(CENT)


def _words(line: DealLine) -> str:
    """A line in words that JSON can hold, in no language: 3 × Stoneware mug, 16."""
    return f"{plain(line.quantity)} × {line.description}, {plain(line.unit_price)}"
