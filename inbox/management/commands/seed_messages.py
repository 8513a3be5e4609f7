"""Fills a database that `seed_bench` has filled with conversations of its people, for measurements."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from datetime import timedelta
from random import Random
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from crm.bulk_insert import insert_objects
from crm.models import Person, User
from inbox.demo_letters import LETTERS
from inbox.models import Channel, Conversation, Message

CHUNK = 2000
START = "bench:"
SOURCE = "bench"
STATES = (*[Conversation.Status.CLOSED] * 7, *[Conversation.Status.OPEN] * 2, Conversation.Status.WAITING)


class Command(BaseCommand):
    help = (
        "Fill in N made-up messages, two to a conversation, of the people whom seed_bench has made; what is there "
        "already counts. Only for a database that is there to be measured."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--messages", type=int, required=True)
        parser.add_argument("--seed", type=int, default=1)

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        people = list(Person.objects.filter(source=SOURCE).values_list("pk", flat=True)[:50_000])
        channel = Channel.objects.order_by("pk").first()
        if not people or channel is None:
            raise CommandError("There is nobody to write: run seed_bench first.")
        made = Message.objects.filter(external_id__startswith=START).count()
        random = Random(options["seed"] + made)  # noqa: S311 (no secrets)
        users: list[User | None] = [*User.objects.filter(is_active=True)[:10], None]
        for start in range(made, options["messages"], CHUNK):
            count = min(CHUNK, options["messages"] - start)
            _make(start, count, random, channel, people=people, users=users)
        self.stdout.write(f"{options['messages']} messages in {time.monotonic() - began:.0f} s")


@transaction.atomic
def _make(
    start: int, count: int, random: Random, channel: Channel, *, people: list[int], users: list[User | None]
) -> None:
    """Pairs of a question and its answer; the newest are the last written."""
    letters = [letter for letters in LETTERS.values() for letter in letters]
    now = timezone.now()
    conversations, messages = [], []
    for number in range(start, start + count, 2):
        _about, subject, text = random.choice(letters)
        at = now - timedelta(minutes=random.randrange(500_000))
        text = f"{text} It is about order {number}."
        conversation = Conversation(
            channel=channel, subject=subject, person_id=random.choice(people), status=random.choice(STATES),
            assignee=random.choice(users), preview=text[:200], created_at=at, last_message_at=at,
        )  # fmt: skip
        conversations.append(conversation)
        for place, direction in enumerate((Message.Direction.IN, Message.Direction.OUT)[: start + count - number]):
            messages.append(
                Message(
                    conversation=conversation, channel=channel, direction=direction, text=text,
                    external_id=f"{START}{number + place}", created_at=at, reading=Message.Reading.READ, language="en",
                )
            )  # fmt: skip
    insert_objects(conversations)
    for message in messages:
        message.conversation_id = message.conversation.pk
    insert_objects(messages)
