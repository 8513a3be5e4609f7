"""Groups of customers: what they are, who is in them, and how they grew from month to month."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from crm.models import OfPersonQuerySet, Person


class CustomerGroup(models.Model):
    """One group as counted last. `facts` are sums and usual values of its members, `cells` their risk by worth.

    Groups by rules are always the same; found ones keep their key for as long as they are there.
    """

    class Way(models.TextChoices):
        RULES = "rules", _("By rules")
        FOUND = "found", _("Found in your orders")

    way = models.CharField(max_length=10, choices=Way)
    key = models.CharField(max_length=20)
    name = models.CharField(_("own name"), max_length=80, blank=True)
    label = models.CharField(max_length=30)
    position = models.PositiveSmallIntegerField(default=0)
    people = models.PositiveIntegerField(_("people"), default=0)
    facts: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    cells: models.JSONField[list[list[Any]], list[list[Any]]] = models.JSONField(default=list)
    is_stale = models.BooleanField(default=False)

    class Meta:
        verbose_name = _("group of customers")
        verbose_name_plural = _("groups of customers")
        constraints = [models.UniqueConstraint(fields=["way", "key"], name="customer_group_once")]

    def __str__(self) -> str:
        return self.name or f"{self.way} {self.key}"


class GroupMember(models.Model):
    """Which group one customer is in: by rules, and of those found (empty below 30 customers)."""

    person = models.OneToOneField(Person, models.CASCADE, related_name="group", primary_key=True)
    rules = models.CharField(max_length=20)
    found = models.CharField(max_length=20, blank=True)

    objects = OfPersonQuerySet.as_manager()

    class Meta:
        verbose_name = "member of a group"
        verbose_name_plural = "members of groups"
        indexes = [
            models.Index(fields=["rules", "person"], name="member_by_rules"),
            models.Index(fields=["found", "person"], condition=~Q(found=""), name="member_by_found"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.rules}"


class GroupMonth(models.Model):
    """How large a group was at the end of a month; of the month that goes on, as of last night."""

    way = models.CharField(max_length=10, choices=CustomerGroup.Way)
    key = models.CharField(max_length=20)
    month = models.DateField()
    people = models.PositiveIntegerField()
    spent_year = models.FloatField()

    class Meta:
        verbose_name = "month of a group"
        verbose_name_plural = "months of groups"
        constraints = [models.UniqueConstraint(fields=["way", "key", "month"], name="group_month_once")]

    def __str__(self) -> str:
        return f"{self.way} {self.key} {self.month:%Y-%m}"


class Grouping(models.Model):
    """The lines between the groups, so that they stay from night to night; one row."""

    rules: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    found: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="one_grouping")]

    def __str__(self) -> str:
        return "grouping"
