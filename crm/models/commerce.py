"""What they bought: products, orders and their lines, subscriptions, payments, and what winning them cost."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .deals import Deal, OfDealQuerySet
from .people import Company, Person
from .records import Sourced
from .users import User
from .visibility import M, OfPersonQuerySet, of_seen


class Product(Sourced):
    sku = models.CharField(_("article number"), max_length=100, unique=True)
    name = models.CharField(_("name"), max_length=255)
    category = models.CharField(_("group"), max_length=100, blank=True)
    price = models.DecimalField(_("price"), max_digits=19, decimal_places=4, null=True, blank=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    is_active = models.BooleanField(_("for sale"), default=True)

    class Meta(Sourced.Meta):
        verbose_name = _("product")
        verbose_name_plural = _("products")

    def __str__(self) -> str:
        return self.name


class DealLine(models.Model):
    deal = models.ForeignKey(Deal, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.SET_NULL, null=True, blank=True, related_name="+")
    description = models.CharField(_("description"), max_length=255)
    quantity = models.DecimalField(_("quantity"), max_digits=19, decimal_places=4, default=1)
    unit_price = models.DecimalField(_("unit price"), max_digits=19, decimal_places=4)

    objects = OfDealQuerySet.as_manager()

    def __str__(self) -> str:
        return self.description


class Order(Sourced):
    """A purchase or, with a negative total, a return. Without a person it is an anonymous counter sale."""

    number = models.CharField(_("number"), max_length=100)
    person = models.ForeignKey(
        Person, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name=_("person")
    )
    company = models.ForeignKey(
        Company, models.SET_NULL, null=True, blank=True, related_name="orders", verbose_name=_("company")
    )
    placed_at = models.DateTimeField(_("placed"))
    total = models.DecimalField(_("total"), max_digits=19, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)
    is_return = models.BooleanField(_("return"), default=False)
    channel = models.CharField(_("channel"), max_length=50, blank=True)
    country = models.CharField(_("country"), max_length=60, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = OfPersonQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("order")
        verbose_name_plural = _("orders")
        indexes = [
            models.Index(fields=["person", "placed_at"], name="order_of_person"),
            models.Index(fields=["-placed_at", "id"], name="order_by_placed"),
        ]

    def __str__(self) -> str:
        return self.number


class OfOrderQuerySet(OfPersonQuerySet[M]):
    """Rows of an order, seen by whoever sees the order."""

    def in_scope(self, user: User) -> models.Q:
        return of_seen(self.model, "order", user)


class OrderLine(models.Model):
    order = models.ForeignKey(Order, models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, models.SET_NULL, null=True, blank=True, related_name="+")
    description = models.CharField(_("description"), max_length=255, blank=True)
    quantity = models.DecimalField(_("quantity"), max_digits=19, decimal_places=4)
    unit_price = models.DecimalField(_("unit price"), max_digits=19, decimal_places=4)
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=4)
    position = models.PositiveIntegerField(default=0)

    objects = OfOrderQuerySet.as_manager()

    class Meta:
        verbose_name = _("order line")
        verbose_name_plural = _("order lines")

    def __str__(self) -> str:
        return self.description


class Subscription(Sourced):
    class Interval(models.TextChoices):
        WEEK = "week", _("every week")
        MONTH = "month", _("every month")
        QUARTER = "quarter", _("every quarter")
        YEAR = "year", _("every year")

    person = models.ForeignKey(Person, models.CASCADE, related_name="subscriptions", verbose_name=_("person"))
    product = models.ForeignKey(Product, models.SET_NULL, null=True, blank=True, related_name="+")
    name = models.CharField(_("name"), max_length=150)
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)
    interval = models.CharField(_("interval"), max_length=10, choices=Interval, default=Interval.MONTH)
    started_on = models.DateField(_("started"))
    ended_on = models.DateField(_("ended"), null=True, blank=True)
    end_reason = models.CharField(_("reason for ending"), max_length=200, blank=True)

    objects = OfPersonQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")

    def __str__(self) -> str:
        return self.name


class Payment(Sourced):
    """Money that came in, or with a negative amount went back."""

    person = models.ForeignKey(Person, models.SET_NULL, null=True, blank=True, related_name="payments")
    order = models.ForeignKey(Order, models.SET_NULL, null=True, blank=True, related_name="payments")
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)
    paid_at = models.DateTimeField(_("paid"))
    method = models.CharField(_("method"), max_length=50, blank=True)

    objects = OfPersonQuerySet.as_manager()

    class Meta(Sourced.Meta):
        verbose_name = _("payment")
        verbose_name_plural = _("payments")

    def __str__(self) -> str:
        return f"{self.amount} {self.currency}"


class Spend(models.Model):
    """What winning customers cost, by channel and month (the first day of the month)."""

    channel = models.CharField(_("channel"), max_length=100)
    month = models.DateField(_("month"))
    amount = models.DecimalField(_("amount"), max_digits=19, decimal_places=4)
    currency = models.CharField(_("currency"), max_length=3)

    class Meta:
        verbose_name = _("spend")
        verbose_name_plural = _("spend")
        constraints = [models.UniqueConstraint(fields=["channel", "month"], name="spend_once")]

    def __str__(self) -> str:
        return f"{self.channel} {self.month:%Y-%m}"
