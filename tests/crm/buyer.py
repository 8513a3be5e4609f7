"""Somebody with a row in every table that can tell of a person."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.db.models import Model
from django.utils import timezone

from analytics.models import (
    DealPrediction,
    DealRehearsal,
    DealScore,
    Feedback,
    GroupMember,
    MessageVector,
    ModelVersion,
    Prediction,
    Recommendation,
    Rehearsal,
    Score,
)
from automation.models import Notification
from crm.events import due_events, handle_events
from crm.models import Deal, ImportJob, ImportRow, Payment, Person, User
from crm.operations.data_files import ask_for_data
from inbox.models import Draft, Message, Post
from tests.analytics.quiet import Others, make_quiet_people
from tests.factories import NOW


def our_models() -> list[type[Model]]:
    rooms = ("crm", "inbox", "analytics", "automation")
    return [model for room in rooms for model in apps.get_app_config(room).get_models(include_auto_created=True)]


def make_buyer(others: Others, owner: User) -> Person:
    person = make_quiet_people(others, no_profiling=False)[0]
    while ids := due_events(timezone.now()):
        handle_events(ids)
    deal = Deal.objects.get(title="quietmark open")
    message = Message.objects.filter(conversation__person=person).order_by("pk")[0]
    version = ModelVersion.objects.create(task="churn", number=9, folder="x")
    about: dict[str, Any] = {"as_of": NOW.date(), "horizon_days": 60}
    reasons = [{"key": "recency", "direction": "up", "numbers": {"days": 50, "usual": 20}}]
    Score.objects.filter(person=person).delete()
    Score.objects.create(person=person, task="churn", value=0.7, band="high", reasons=reasons, **about)
    Prediction.objects.create(
        person=person, task="churn", value=0.6, band="high", closes_on=NOW.date(), outcome=1, **about
    )
    Rehearsal.objects.create(person=person, version=version, predicted=0.5, actual=1)
    Feedback.objects.create(person=person, task="churn", user=owner, is_useful=True, value=0.5)
    GroupMember.objects.update_or_create(person=person, defaults={"rules": "best"})
    Recommendation.objects.create(person=person, product=others.goods[1], kind="new", place=1, reason={"key": "x"})
    DealScore.objects.create(deal=deal, value=0.4, band="medium")
    DealPrediction.objects.create(deal=deal, value=0.4, band="medium", as_of=NOW.date())
    DealRehearsal.objects.create(deal=deal, version=version, predicted=0.4, actual=0)
    MessageVector.objects.get_or_create(message=message, defaults={"content": b"\1\2", "sketch": b"\1", "network": "n"})
    Payment.objects.create(person=person, amount=5, currency="EUR", paid_at=NOW, method="card")
    ask_for_data(person=person, user=owner)
    Notification.objects.create(user=owner, title="quietmark wrote", person=person, once_key="q")
    Draft.objects.create(conversation=message.conversation, user=owner, text="quietmark draft")
    Post.objects.create(
        once_key="q", message=message, to_address="quiet@quietmark.example", subject="s", body="quietmark", mail_id="q"
    )
    job = ImportJob.objects.create(kind="people", file_name="quietmark.csv", actor=owner)
    ImportRow.objects.create(
        job=job, line=1, action="created", target="person", target_id=person.pk, values=["quietmark"]
    )
    return person
