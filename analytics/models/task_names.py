"""What is predicted, and how a prediction is called in one word."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.extensions import prediction_tasks


def task_label(task: str) -> str:
    """What people call it; the bare name where its plug-in is gone."""
    found = prediction_tasks.get(task)
    return str(found.label) if found else task


class ScoredTask(models.TextChoices):
    """What is predicted of each customer."""

    CHURN = "churn", _("Risk of leaving")
    VALUE = "value", _("Expected value, 12 months")
    VALUE_90 = "value_90", _("Expected value, 3 months")


WIN = "win"  # what is predicted of each open deal
LEAD = "lead"  # and of each person without an order
CONTRACTS = ("contract_30", "contract_90")  # and of who has a subscription: that it ends within so many days


class Band(models.TextChoices):
    """High risk: of those who may leave the ones to act on. High value: the best fifth. Lapsed: left long ago."""

    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
    LAPSED = "lapsed", _("Long gone")
