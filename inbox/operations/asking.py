"""Asking customers how it went and whether they would recommend us: seldom, once, and only whom we may write to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils import timezone

from crm.events import record_event
from crm.filters import FilterError, compile_filter
from crm.models import ContactPoint, Event, Person, User
from crm.queries.zone import workspace_zone
from inbox.models import Asking, Channel, Conversation, Rating
from inbox.operations.conversations import thread_of
from inbox.operations.posting import post_mail
from inbox.questions import asking, question_mail

WAIT = timedelta(hours=1)  # a conversation that was closed by mistake is opened again meanwhile
TOO_LATE = timedelta(days=3)  # so long after closing nobody remembers
FRESH = timedelta(days=7)  # an order is on its way so long
STALE = timedelta(days=90)  # who ordered longer ago is asked no more
HOURS = range(9, 19)  # of the business's zone
AT_A_TIME = 100
NOBODY_READS = ("noreply", "no-reply", "donotreply", "do-not-reply", "mailer-daemon", "postmaster", "bounce")


def follow_closed(events: Sequence[Event]) -> None:
    """The consumer: what was closed is asked about in an hour, once, where its channel asks."""
    ids = {event.subject_id for event in events if event.subject_id is not None}
    for conversation in Conversation.objects.filter(pk__in=ids, channel__asks_rating=True).select_related("person"):
        plan_question(conversation=conversation)


@transaction.atomic
def plan_question(*, conversation: Conversation) -> Rating | None:
    """Note that this customer is to be asked how it went. None where nobody answered them: spam, automatic mail."""
    person = conversation.person
    if person is None or conversation.first_reply_at is None or conversation.closed_at is None:
        return None
    due_at = conversation.closed_at + WAIT
    rating, is_new = Rating.objects.get_or_create(
        conversation=conversation, defaults={"kind": Rating.Kind.CSAT, "person": person, "due_at": due_at}
    )
    if not is_new:
        unasked = Rating.objects.filter(pk=rating.pk, asked_at=None, answered_at=None)
        unasked.update(due_at=due_at)
    return rating


def ask_what_is_due(*, now: datetime | None = None) -> int:
    """Write the questions whose hour has come; returns how many."""
    now = now or timezone.now()
    due = Rating.objects.filter(due_at__lte=now).order_by("due_at").values_list("pk", flat=True)
    return sum(ask(rating_id=pk, now=now) for pk in list(due[:AT_A_TIME]))


@transaction.atomic
def ask(*, rating_id: int, now: datetime) -> bool:
    """Write one question, if it still fits; whether it was written. Records `rating.asked`."""
    rating = Rating.objects.select_for_update(of=("self",)).filter(pk=rating_id, due_at__isnull=False).first()
    if rating is None:
        return False
    person = Person.objects.select_for_update(of=("self",)).get(pk=rating.person_id)  # one question at a time
    rating.due_at = None
    address = address_to_ask(person, now) if _still_fits(rating, now) else ""
    if address:
        mail = question_mail(rating)
        rating.asked_at = now
        rating.post = post_mail(
            once_key=f"rating:{rating.pk}", to=address, subject=mail.subject, body=mail.text, html=mail.html,
            headers=mail.headers, thread=thread_of(rating.conversation) if rating.conversation else None,
        )  # fmt: skip
        record_event(kind="rating.asked", subject=rating, person=person, data=about(rating))
    rating.save(update_fields=["due_at", "asked_at", "post"])
    return bool(address)


def about(rating: Rating) -> dict[str, Any]:
    """What the events of a rating say."""
    data: dict[str, Any] = {"question": rating.kind, "value": rating.value}
    if rating.conversation is not None:
        data |= {"conversation": rating.conversation.pk, "subject": rating.conversation.subject}
    return data


def _still_fits(rating: Rating, now: datetime) -> bool:
    if rating.answered_at is not None or rating.asked_at is not None:
        return False
    if rating.kind == Rating.Kind.NPS:
        return asking().asks_to_recommend
    row = rating.conversation
    if row is None or row.status != Conversation.Status.CLOSED or row.closed_at is None:
        return False
    return row.channel.asks_rating and row.closed_at > now - TOO_LATE


def address_to_ask(person: Person, now: datetime) -> str:
    """Where this person may be asked now; empty where they may not be, or were asked only lately."""
    if person.source == "demo" or _people_to_leave_alone(now).filter(person=person).exists():
        return ""
    points = ContactPoint.objects.filter(person=person, kind=ContactPoint.Kind.EMAIL)
    if points.filter(opted_out_at__isnull=False).exists():
        return ""
    point = points.filter(invalid_at=None).order_by("-is_primary", "pk").first()
    if point is None or point.normalised.partition("@")[0].startswith(NOBODY_READS):
        return ""
    return point.value


def _people_to_leave_alone(now: datetime) -> QuerySet[Rating]:
    """Who was asked lately, or wants no more questions."""
    since = now - timedelta(days=asking().pause_days)
    return Rating.objects.filter(Q(declined_at__isnull=False) | Q(asked_at__gt=since))


def plan_recommendations(*, now: datetime | None = None) -> int:
    """Choose customers to ask whether they would recommend us: a few a day, in the hours of business; returns how many.

    Who: people with enough orders, the last of them long enough ago to have arrived, who see no question again for
    half a year, and as far as the chosen view reaches.
    """
    now, rules = now or timezone.now(), asking()
    if not rules.asks_to_recommend or now.astimezone(workspace_zone()).hour not in HOURS:
        return 0
    day = now.astimezone(workspace_zone()).replace(hour=0, minute=0, second=0, microsecond=0)
    today = Rating.objects.filter(kind=Rating.Kind.NPS, source=Rating.Source.MAIL, created_at__gte=day).count()
    room = min(rules.recommend_a_day - today, AT_A_TIME)
    return sum(plan_recommendation(person_id=pk, now=now) for pk in people_to_ask(rules, now, limit=max(room, 0)))


def people_to_ask(rules: Asking, now: datetime, *, limit: int) -> list[int]:
    """Ids of who would be asked next, who ordered last first."""
    asked_since = now - timedelta(days=rules.recommend_days)
    alone = Rating.objects.filter(person=OuterRef("pk")).filter(
        Q(declined_at__isnull=False)
        | Q(asked_at__gt=now - timedelta(days=rules.pause_days))
        | Q(kind=Rating.Kind.NPS, created_at__gt=asked_since)
    )
    mail = ContactPoint.objects.filter(person=OuterRef("pk"), kind=ContactPoint.Kind.EMAIL)
    people = Person.objects.filter(
        order_count__gte=rules.recommend_orders, last_order_at__gte=now - STALE, last_order_at__lte=now - FRESH
    ).exclude(source="demo")
    people = people.filter(
        ~Exists(alone), Exists(mail.filter(invalid_at=None)), ~Exists(mail.filter(opted_out_at__isnull=False))
    )
    if rules.audience is not None:
        try:
            seen = Person.objects.visible_to(rules.audience.owner)
            chosen = seen.filter(compile_filter("person", rules.audience.filter, now=now))
        except FilterError:  # the view names a field that is gone: nobody rather than everybody
            return []
        people = people.filter(pk__in=chosen.order_by().values("pk"))
    return list(people.order_by(F("last_order_at").desc(), "pk").values_list("pk", flat=True)[:limit])


@transaction.atomic
def plan_recommendation(*, person_id: int, now: datetime) -> bool:
    """Note that this customer is to be asked whether they would recommend us, unless they were of late."""
    person = Person.objects.select_for_update(of=("self",)).filter(pk=person_id).first()
    since = now - timedelta(days=asking().recommend_days)
    asked = Rating.objects.filter(person=person_id, kind=Rating.Kind.NPS, created_at__gt=since)
    if person is None or asked.exists():
        return False
    Rating.objects.create(kind=Rating.Kind.NPS, person=person, created_at=now, due_at=now)
    return True


@transaction.atomic
def change_asking(*, actor: User, channels: Sequence[Channel], **rules: Any) -> Asking:
    """Say who is asked, how often, and in which channels. Records `asking.changed`."""
    row, _is_new = Asking.objects.update_or_create(pk=1, defaults=rules)
    chosen = [channel.pk for channel in channels]
    Channel.objects.exclude(pk__in=chosen).update(asks_rating=False)
    Channel.objects.filter(pk__in=chosen).update(asks_rating=True)
    record_event(kind="asking.changed", subject=row, actor=actor, data={"channels": len(chosen)})
    return row
