"""What each person may buy next, and what they don't want to be offered."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import OfPersonQuerySet, Person, Product


class Recommendation(models.Model):
    """A product that a person may buy next, at most three of a kind for each person; written anew every night, or
    once a week where there are very many people.

    `reason` is {"key", numbers}, put into words by `analytics.queries.recommendations`. `due_on` is when the person
    would usually buy it again.
    """

    class Kind(models.TextChoices):
        AGAIN = "again", _("time to reorder")
        NEW = "new", _("new for them")

    person = models.ForeignKey(Person, models.CASCADE, related_name="recommendations", verbose_name=_("person"))
    product = models.ForeignKey(Product, models.CASCADE, related_name="+", verbose_name=_("product"))
    kind = models.CharField(_("kind"), max_length=10, choices=Kind)
    place = models.PositiveSmallIntegerField(_("place"))
    due_on = models.DateField(_("usually due"), null=True)
    reason: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("reason"), default=dict)
    made_at = models.DateTimeField(_("worked out"), default=timezone.now)

    objects = OfPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("recommendation")
        verbose_name_plural = _("recommendations")
        constraints = [models.UniqueConstraint(fields=["person", "product"], name="recommendation_once")]
        indexes = [models.Index(fields=["kind", "product"], name="recommendation_by_product")]

    def __str__(self) -> str:
        return f"{self.kind} {self.person_id} {self.product_id}"


class ProductDecline(models.Model):
    """A colleague noted that a person is not interested in a product: it is not recommended until they buy it."""

    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    objects = OfPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("declined product")
        verbose_name_plural = _("declined products")
        constraints = [models.UniqueConstraint(fields=["person", "product"], name="product_decline_once")]

    def __str__(self) -> str:
        return f"{self.person_id} {self.product_id}"
