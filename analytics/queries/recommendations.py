"""What a person may buy next, in words, and what sells best to a list of people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from analytics.models import ProductDecline, Recommendation, ScoredTask, TrainingRun
from analytics.queries.insights import people_url
from analytics.queries.person_insight import workspace_currency
from analytics.queries.under_way import is_being_learned, learning_words
from crm import formats
from crm.models import OrderLine, Person, Product, User

MOST_PRODUCTS = 30
Kind = Recommendation.Kind


@dataclass(frozen=True)
class Offer:
    """One product for one person. `when` says when it is due."""

    pk: int
    product: Product
    price: str
    why: str
    when: str = ""
    is_late: bool = False


@dataclass(frozen=True)
class PersonOffers:
    """The card. `empty_words` say why there is nothing; `declined` are the latest that were not wanted.

    `is_being_learned`: the first training is about to say it.
    """

    again: Sequence[Offer]
    new: Sequence[Offer]
    declined: Sequence[Product]
    empty_words: str
    updated: str
    is_being_learned: bool = False


@dataclass(frozen=True)
class TopProduct:
    """A product and how many people of a list may buy it; `again` of them as usual."""

    product: Product
    people: int
    again: int
    worth: str
    url: str

    @property
    def new(self) -> int:
        """For how many of them it is new."""
        return self.people - self.again


def person_offers(person: Person) -> PersonOffers:
    """What this person may buy next, in at most seven queries."""
    rows = list(Recommendation.objects.filter(person=person).select_related("product").order_by("kind", "place"))
    if person.no_profiling:
        rows = []
    together = [row.reason["product"] for row in rows if row.reason.get("key") == "together"]
    names: dict[int, str] = dict(Product.objects.filter(pk__in=together).values_list("pk", "name")) if together else {}
    said = [(row.kind, _offer(row, names)) for row in rows]
    declines = ProductDecline.objects.filter(person=person).select_related("product").order_by("-at")[:3]
    empty_words, is_being_learned = ("", False) if rows else _why_nothing(person)
    return PersonOffers(
        again=[offer for kind, offer in said if kind == Kind.AGAIN],
        new=[offer for kind, offer in said if kind == Kind.NEW],
        declined=[decline.product for decline in declines],
        empty_words=empty_words,
        updated=formats.ago_words(rows[0].made_at) if rows else "",
        is_being_learned=is_being_learned,
    )


def _offer(row: Recommendation, names: Mapping[int, str]) -> Offer:
    product = row.product
    price = "" if product.price is None else formats.money(product.price, _currency(product))
    late = row.due_on is not None and row.due_on < timezone.localdate()
    return Offer(row.pk, product, price, why_words(row.reason, names), _when_words(row.due_on), late)


def _currency(product: Product) -> str:
    return product.currency or workspace_currency()


def _when_words(due_on: date | None) -> str:
    if due_on is None:
        return ""
    days = (due_on - timezone.localdate()).days
    if days < 0:
        return ngettext("%(days)s day overdue", "%(days)s days overdue", -days) % {"days": -days}
    if days == 0:
        return _("due today")
    return ngettext("due in %(days)s day", "due in %(days)s days", days) % {"days": days}


def why_words(reason: Mapping[str, Any], names: Mapping[int, str]) -> str:
    """A reason as one line; a product that is gone since is not named."""
    key, name = reason.get("key"), names.get(reason.get("product", 0), "")
    if key == "rhythm":
        return _rhythm_words(reason)
    if key == "together" and name:
        share = formats.percent(reason["share"] / 100)
        values = {"share": share, "product": name, "buyers": formats.number(reason["buyers"])}
        return _("Bought together: %(share)s of %(buyers)s buyers of “%(product)s” have it, too.") % values
    if key == "popular":
        sold = reason["sold"]
        words = ngettext("Sold once in the last month.", "Sold %(sold)s times in the last month.", sold)
        return words % {"sold": formats.number(sold)}
    return _("Customers who buy alike have it.")


def _rhythm_words(reason: Mapping[str, Any]) -> str:
    gap = ngettext("%(days)s day", "%(days)s days", reason["gap"]) % {"days": reason["gap"]}
    since = ngettext("%(days)s day", "%(days)s days", reason["since"]) % {"days": reason["since"]}
    times = reason["times"]
    values = {"times": times, "gap": gap, "since": since}
    if times == 1:
        return _("Bought once, %(since)s ago; usually bought again after %(gap)s.") % values
    if times == 2:
        return _("Bought twice, last %(since)s ago; usually bought again after %(gap)s.") % values
    return _("Bought %(times)s times, about every %(gap)s; last %(since)s ago.") % values


def _why_nothing(person: Person) -> tuple[str, bool]:
    """In words, and whether it is being learned at this moment."""
    if person.no_profiling:
        return _("This person wants no profiling: nothing is recommended."), False
    if not OrderLine.objects.filter(order__person=person, product__isnull=False).exists():
        return _("No order with products is known yet. Import orders with their article numbers."), False
    if TrainingRun.objects.filter(state=TrainingRun.State.DONE).exists():
        return _("Nothing is due, and nothing new fits what they bought lately."), False
    is_on = is_being_learned(ScoredTask.CHURN)
    return (learning_words() if is_on else _("It is worked out tonight.")), is_on


def top_products(user: User, people: Q) -> list[TopProduct]:
    """What the people who match and whom this user sees may buy next, most people first."""
    seen = Person.objects.visible_to(user).filter(people, no_profiling=False).order_by().values("pk")
    rows = Recommendation.objects.filter(person__in=seen)
    counts = list(
        rows.order_by()
        .values("product_id")
        .annotate(people=Count("pk"), again=Count("pk", filter=Q(kind=Kind.AGAIN)))
        .order_by("-people", "product_id")[:MOST_PRODUCTS]
    )
    goods = Product.objects.in_bulk([row["product_id"] for row in counts])
    return [_top(goods[row["product_id"]], row) for row in counts if row["product_id"] in goods]


def _top(product: Product, row: Mapping[str, Any]) -> TopProduct:
    worth = "" if product.price is None else formats.money_whole(product.price * row["people"], _currency(product))
    return TopProduct(product, row["people"], row["again"], worth, people_url(("offered", product.name)))


def offered_totals(user: User, people: Q) -> dict[str, int]:
    """How many of these people have any recommendation, and how many one that is due."""
    rows: QuerySet[Recommendation] = Recommendation.objects.filter(
        person__in=Person.objects.visible_to(user).filter(people, no_profiling=False).order_by().values("pk")
    )
    found = rows.aggregate(
        people=Count("person", distinct=True), due=Count("person", filter=Q(kind=Kind.AGAIN), distinct=True)
    )
    return {name: found[name] or 0 for name in ("people", "due")}
