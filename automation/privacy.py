"""What automations did because of a person, for their data export; most of it goes with the person's row."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Model, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from automation.models import Notification, Run
from crm.models import Deal, Note, Person, Task
from crm.operations.traces import GONE, words_of
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


def erase(person: Person) -> None:
    """What colleagues were told of their deals, tasks and notes, and whatever else names them."""
    theirs = Q(person=person) | Q(deal__person=person)
    about = Q(url__in=[reverse("crm:deal-detail", args=[pk]) for pk in _ids(Deal, Q(person=person))])
    for model, start in ((Task, "task"), (Note, "mention")):
        for pk in _ids(model, theirs):
            about |= Q(once_key__startswith=f"{start}:{pk}:")
    words, others = words_of(person), Notification.objects.filter(person=None)
    others.filter(about).delete()
    others.filter(pk__in=words.rows(others, "title")).delete()
    failed = Run.objects.exclude(error="")
    failed.filter(pk__in=words.rows(failed, "error")).update(error=GONE)


def _ids(model: type[Model], way: Q) -> list[int]:
    return list(model._default_manager.filter(way).values_list("pk", flat=True))
