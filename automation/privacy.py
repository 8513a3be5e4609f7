"""What automations did because of a person, for their data export; it goes with the person's row."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.translation import gettext_lazy as _

from automation.models import Notification, Run
from crm.models import Person
from crm.queries.privacy import Held, held


def collect(person: Person) -> Iterable[Held]:
    """Runs with their steps, and what colleagues were told."""
    runs = Run.objects.filter(person=person).select_related("flow").prefetch_related("steps").order_by("pk")
    yield held(
        "automations", _("What automations did"), runs,
        {"flow": _("Automation"), "state": _("State"), "started_at": _("Begun"), "finished_at": _("Ended"),
         "steps": _("Steps")},
        steps=lambda run: [{"action": step.action, "output": step.output} for step in run.steps.all()],
    )  # fmt: skip
    told = Notification.objects.filter(person=person).select_related("user").order_by("pk")
    yield held(
        "notices", _("What colleagues were told of you"), told,
        {"created_at": _("When"), "user": _("Who"), "title": _("What")},
    )  # fmt: skip
