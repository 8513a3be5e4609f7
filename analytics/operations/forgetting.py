"""Forgets everything that was learned, as if nothing had been: models, what they said, and what was usual."""

from __future__ import annotations

from django.db import transaction

from analytics.models import (
    CustomerGroup,
    CustomerMonth,
    Grouping,
    GroupMember,
    GroupMonth,
    MetricFigure,
    MoodFit,
    Prediction,
    Recommendation,
    RiskCell,
    SalesForecast,
    SalesMonth,
    Score,
    TopicFit,
    TrainingRun,
)

from .registry import forget_versions


@transaction.atomic
def forget_all_learned() -> None:
    """Drop runs, models, fits, scores and ledger; have every month counted anew before it is shown.

    The runs go first: a training at work holds its row while it writes, waits or is waited for, and finds itself gone.
    """
    TrainingRun.objects.all().delete()
    forget_versions()
    for table in (
        MoodFit, TopicFit, Prediction, Score, RiskCell, SalesForecast, CustomerGroup, GroupMember, GroupMonth, Grouping,
        Recommendation,
        CustomerMonth, MetricFigure,
    ):  # fmt: skip
        table._default_manager.all().delete()
    SalesMonth.objects.update(is_stale=True)
