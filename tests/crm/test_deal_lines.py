"""The products of a deal: added, changed, taken off, and the value that follows them."""

from __future__ import annotations

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from crm.models import Deal, DealLine, Event, Product, User
from crm.operations.deal_lines import add_deal_line
from tests.factories import make_deal
from tests.pages import HTMX

pytestmark = pytest.mark.django_db


@pytest.fixture
def mug() -> Product:
    return Product.objects.create(sku="M1", name="Stoneware mug", price=Decimal("16.50"), currency="EUR")


@pytest.fixture
def page(client: Client, sales: User) -> Client:
    client.force_login(sales)
    return client


def add(client: Client, deal: Deal, **data: str) -> int:
    url = reverse("crm:deal-line-add", args=[deal.pk])
    return client.post(url, {"description": "Mug", "quantity": "1", **data}, headers=HTMX).status_code


def amount_of(deal: Deal) -> Decimal:
    return Deal.objects.get(pk=deal.pk).amount


def test_a_known_product_brings_its_price_and_the_value_follows(page: Client, mug: Product) -> None:
    deal = make_deal()
    assert add(page, deal, description="stoneware MUG", quantity="4") == 204
    line = DealLine.objects.get()
    assert (line.product, line.unit_price, amount_of(deal)) == (mug, Decimal("16.5"), Decimal(66))
    assert add(page, deal, description="Engraving", unit_price="2.50") == 204
    assert amount_of(deal) == Decimal("68.5")


def test_a_value_that_somebody_set_stays_until_asked(page: Client, mug: Product) -> None:
    deal = make_deal(amount=Decimal(500))
    add(page, deal, description="Stoneware mug")
    assert amount_of(deal) == 500
    shown = page.get(reverse("crm:deal-detail", args=[deal.pk])).content.decode()
    assert "Make this the deal" in shown
    page.post(reverse("crm:deal-value-by-lines", args=[deal.pk]))
    assert amount_of(deal) == Decimal("16.5")


def test_a_line_is_changed_and_removed(page: Client, sales: User) -> None:
    deal = make_deal()
    line = add_deal_line(deal=deal, description="Mug", quantity=Decimal(2), unit_price=Decimal(10), actor=sales)
    edit = reverse("crm:deal-line-edit", args=[line.pk])
    assert 'value="Mug"' in page.get(edit, headers=HTMX).content.decode()
    page.post(edit, {"description": "Large mug", "quantity": "3", "unit_price": "12"}, headers=HTMX)
    assert amount_of(deal) == 36
    page.post(reverse("crm:deal-line-remove", args=[line.pk]), headers=HTMX)
    assert amount_of(deal) == 0
    assert not DealLine.objects.exists()


def test_the_timeline_tells_it_in_one_sentence(page: Client, sales: User) -> None:
    deal = make_deal()
    add_deal_line(deal=deal, description="Mug", quantity=Decimal(2), unit_price=Decimal(10), actor=sales)
    changed = Event.objects.get(kind="deal.changed").data["changed"]
    assert changed == {"products": ["", "2 × Mug, 10"], "amount": ["0", "20"]}
    assert "products: – → 2 × Mug, 10" in page.get(reverse("crm:deal-detail", args=[deal.pk])).content.decode()


@pytest.mark.parametrize(
    "data",
    [
        {"description": "Nobody knows it"},
        {"quantity": "0", "unit_price": "3"},
        {"quantity": "-2", "unit_price": "3"},
        {"quantity": "many", "unit_price": "3"},
        {"unit_price": "-1"},
        {"description": " ", "unit_price": "3"},
        {"description": "x" * 300, "unit_price": "3"},
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_written(page: Client, data: dict[str, str]) -> None:
    assert add(page, make_deal(), **data) == 422
    assert not DealLine.objects.exists()


def test_a_price_in_another_currency_is_not_taken(page: Client, mug: Product) -> None:
    assert add(page, make_deal(currency="USD"), description="Stoneware mug") == 422


def test_products_are_suggested_by_parts_of_their_names(page: Client, mug: Product) -> None:
    Product.objects.create(sku="M2", name="Old mug", is_active=False)
    shown = page.get(reverse("crm:product-suggest"), {"description": "mug"}).content.decode()
    assert shown.strip() == '<option value="Stoneware mug">€16.50</option>'


def test_strangers_and_readers_change_nothing(client: Client, sales: User, stranger: User, readonly: User) -> None:
    deal = make_deal(owner=sales)
    line = add_deal_line(deal=deal, description="Mug", quantity=Decimal(2), unit_price=Decimal(10), actor=sales)
    client.force_login(readonly)
    assert add(client, deal) == 403
    client.force_login(stranger)
    for name, pk in (
        ("line-add", deal.pk),
        ("line-edit", line.pk),
        ("line-remove", line.pk),
        ("value-by-lines", deal.pk),
    ):
        assert client.post(reverse(f"crm:deal-{name}", args=[pk])).status_code in (403, 404)
    assert DealLine.objects.count() == 1
