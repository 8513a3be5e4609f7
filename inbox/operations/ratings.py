"""Answers of customers: by the link in their mail, or brought by another program."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.events import record_event
from crm.models import Person, User
from inbox.models import MOST, Conversation, Rating
from inbox.operations.asking import about
from inbox.operations.conversations import bring_back

LONGEST = 2000  # characters of a comment


class RatingRefusedError(ValueError):
    """The answer can't be kept; the words say why."""


@transaction.atomic
def answer_rating(*, rating: Rating, value: int, comment: str = "", at: datetime | None = None) -> Rating:
    """Keep an answer, or the answer that somebody gives instead; the same again changes nothing.

    Records `rating.received`, or `rating.changed`. A conversation that turns out to have gone badly is open again.
    """
    rating = Rating.objects.select_for_update(of=("self",)).select_related("person", "conversation").get(pk=rating.pk)
    check_value(rating.kind, value)
    comment = clean(comment)
    if (rating.value, rating.comment) == (value, comment):
        return rating
    was_bad, is_new = rating.is_bad, rating.answered_at is None
    kind = "rating.received" if is_new else "rating.changed"
    rating.value, rating.comment = value, comment
    now = at or timezone.now()
    rating.answered_at, rating.changed_at = (now, None) if is_new else (rating.answered_at, now)
    rating.due_at = None
    rating.save(update_fields=["value", "comment", "answered_at", "changed_at", "due_at"])
    record_event(kind=kind, subject=rating, person=rating.person, data=about(rating))
    if rating.is_bad and not was_bad and rating.conversation is not None:
        bring_back(conversation=rating.conversation)
    return rating


@transaction.atomic
def decline_questions(*, rating: Rating) -> None:
    """This customer is asked nothing any more. Idempotent. Records `rating.declined`."""
    rating = Rating.objects.select_for_update(of=("self",)).select_related("person", "conversation").get(pk=rating.pk)
    if rating.declined_at is not None:
        return
    rating.declined_at = timezone.now()
    rating.save(update_fields=["declined_at"])
    Rating.objects.filter(person=rating.person_id, due_at__isnull=False).update(due_at=None)
    record_event(kind="rating.declined", subject=rating, person=rating.person, data=about(rating))


def record_rating(
    *,
    kind: str,
    value: int,
    person: Person,
    external_id: str,
    conversation: Conversation | None = None,
    comment: str = "",
    answered_at: datetime | None = None,
    actor: User | None = None,
) -> Rating:
    """Keep an answer that another program got; the same `external_id` again returns the answer of then.

    Records `rating.received`. Raises RatingRefusedError.
    """
    check_value(kind, value)
    if conversation is not None and (kind != Rating.Kind.CSAT or conversation.person_id != person.pk):
        raise RatingRefusedError(_("This conversation is not one of this person, or the question is not about one."))
    at = answered_at or timezone.now()
    if at > timezone.now():
        raise RatingRefusedError(_("This moment is still to come."))
    known = Rating.objects.filter(external_id=external_id).first()
    if known is not None:
        return known
    fields: dict[str, Any] = {
        "kind": kind, "value": value, "person": person, "external_id": external_id, "conversation": conversation,
        "comment": clean(comment), "answered_at": at, "source": Rating.Source.API,
    }  # fmt: skip
    try:
        with transaction.atomic():
            rating = Rating.objects.create(**fields)
            record_event(kind="rating.received", subject=rating, person=person, actor=actor, data=about(rating))
    except IntegrityError as error:
        known = Rating.objects.filter(external_id=external_id).first()  # it came twice at once
        if known is None:
            raise RatingRefusedError(_("This conversation has its question already.")) from error
        return known
    return rating


def check_value(kind: str, value: int) -> None:
    """Raises RatingRefusedError for what is not on the scale of this question."""
    least = 1 if kind == Rating.Kind.CSAT else 0
    if kind not in MOST or not least <= value <= MOST[kind]:
        raise RatingRefusedError(_("Choose one of the answers."))


def clean(comment: str) -> str:
    return comment.replace("\0", "").strip()[:LONGEST]
