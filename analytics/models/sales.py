"""Figures counted ahead, so that a dashboard never sums all orders or scores."""

from __future__ import annotations

from django.db import models


class SalesMonth(models.Model):
    """One calendar month of the workspace's zone. A stale row is counted anew before it is shown."""

    month = models.DateField(unique=True)
    revenue = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    returned = models.DecimalField(max_digits=19, decimal_places=4, default=0)
    orders = models.PositiveIntegerField(default=0)
    customers = models.PositiveIntegerField(default=0)
    new_customers = models.PositiveIntegerField(default=0)
    is_stale = models.BooleanField(default=False)

    class Meta:
        verbose_name = "month"
        verbose_name_plural = "months"

    def __str__(self) -> str:
        return f"{self.month:%Y-%m}"


class RiskCell(models.Model):
    """How many people have this risk of leaving and this worth, and what they may spend in a year if they stay."""

    risk = models.CharField(max_length=10)
    worth = models.CharField(max_length=10)
    people = models.PositiveIntegerField(default=0)
    stake = models.FloatField(default=0)
    is_stale = models.BooleanField(default=False)

    class Meta:
        verbose_name = "cell of risk and value"
        verbose_name_plural = "cells of risk and value"
        constraints = [models.UniqueConstraint(fields=["risk", "worth"], name="risk_cell_once")]

    def __str__(self) -> str:
        return f"{self.risk} {self.worth}"
