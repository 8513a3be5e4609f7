"""What is predicted, and how a prediction is called in one word."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class ScoredTask(models.TextChoices):
    CHURN = "churn", _("Risk of leaving")
    VALUE = "value", _("Expected value")


class Band(models.TextChoices):
    LOW = "low", _("Low")
    MEDIUM = "medium", _("Medium")
    HIGH = "high", _("High")
