"""The flows that every business starts with, as data."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from automation.models import Flow
from automation.operations.flows import publish_flow

SAVE_GOOD_CUSTOMERS = "save-good-customers"


def save_good_customers() -> dict[str, Any]:
    """Churn risk becomes high and the expected value is in the top fifth: task for the owner and a notification."""
    return {
        "trigger": {
            "event": "score.crossed",
            "with": {"task": "churn", "new_band": "high", "value_fifth": 5},
            "says": _("a customer's risk of leaving becomes high and their expected value is in the top fifth"),
        },
        "steps": [
            {
                "key": "task",
                "action": "task.create",
                "settings": {"title": _("Win $name back: a good customer may be leaving"), "due_days": 2},
            },
            {
                "key": "tell",
                "action": "notify",
                "settings": {"title": _("$name, one of your best customers, may be leaving")},
            },
        ],
    }


@transaction.atomic
def ensure_shipped_flows() -> None:
    """Put in what is missing; what a manager switched or changed stays as it is."""
    flow, is_new = Flow.objects.get_or_create(
        key=SAVE_GOOD_CUSTOMERS, defaults={"name": _("Keep good customers who may leave"), "is_on": True}
    )
    if is_new:
        publish_flow(flow=flow, graph=save_good_customers(), actor=None)
