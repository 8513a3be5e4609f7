"""The post of the demo business: what its fictional customers write, in their languages, and what was answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.demo import SOURCE, DemoShop
from crm.models import Event, Person
from inbox.demo_letters import LETTERS, TOPICS
from inbox.models import Channel, Conversation, Message, Post, Rating, Topic
from inbox.operations.conversations import close, reply
from inbox.operations.receiving import receive_message
from inbox.operations.topics import add_starters, say_topic, starter_topics

ANSWERS = (
    "Thank you for writing. We are looking into it today and will come back to you.",
    "Thank you! We have changed it and sent you a confirmation.",
    "We are sorry about this. A replacement is on its way to you.",
)
CONVERSATIONS = 120
SAID = 0.6  # of the older conversations a colleague said what they are about
RECOMMENDATIONS = 110
RATED_ELSEWHERE = 60
UNHAPPY = (
    "Broken mug", "Cracked lid", "Not as in the picture", "Late parcel", "Left outside", "Still no refund",
    "Enttäuscht", "Kratzer", "Nicht angekommen", "Commande en retard", "Pedido equivocado", "Kapotte lantaarn",
)  # fmt: skip
COMMENTS: dict[int, tuple[str, ...]] = {
    1: ("Nobody called me back.", "Still no replacement.", ""),
    2: ("It took far too long.", "I had to explain it twice.", ""),
    3: ("Fine in the end.", "", ""),
    4: ("Quick and friendly.", "", ""),
    5: ("So kind, thank you!", "Solved within an hour.", "", ""),
}
REASONS: dict[int, tuple[str, ...]] = {
    2: ("Two parcels in a row were late.",),
    6: ("Lovely things, but the delivery costs too much.", ""),
    9: ("Beautiful presents, well packed.", ""),
    10: ("I have told all my friends.", "", ""),
}


def make_post(shop: DemoShop) -> None:
    """Conversations of the last three months; the newest still wait for an answer."""
    channel = Channel.objects.filter(kind=Channel.Kind.FORM).order_by("pk").first()
    if channel is None:
        return
    add_starters(actor=None, keys=TOPICS, source=SOURCE)
    people = shop.random.sample(list(shop.people.values()), min(CONVERSATIONS, len(shop.people)))

    def write(number: int) -> None:
        day = shop.today - timedelta(days=number * 90 // len(people) + 1)
        _conversation(shop, channel, people[number], shop.at(day), number)

    shop.step_by_step(range(len(people)), write)
    _rate_elsewhere(shop)
    _recommend(shop)


def _conversation(shop: DemoShop, channel: Channel, person: Person, at: datetime, number: int) -> None:
    about, subject, text = shop.random.choice(LETTERS[person.language])
    message = receive_message(
        channel=channel, external_id=f"demo:{number}", from_name=person.name, subject=subject, text=text,
        from_address=shop.customers[int(person.external_id)].email,
    )  # fmt: skip
    conversation = message.conversation
    _date_back(conversation, message, at)
    if number < CONVERSATIONS // 8 or not shop.staff:
        return
    colleague = shop.random.choice(shop.staff)
    topic = starter_topics().get(about)
    if topic is not None and shop.random.random() < SAID:
        say_topic(conversation=conversation, actor=colleague, topic=topic)
    answer = reply(conversation=conversation, actor=colleague, text=shop.random.choice(ANSWERS))
    # Nothing of the demo business leaves the house: its answers count as sent.
    Post.objects.filter(message=answer).update(state=Post.State.SENT, sent_at=at, due_at=None)
    _date_back(conversation, answer, at + timedelta(hours=shop.random.randrange(1, 30)))
    if shop.random.random() < 0.7:
        close(conversation=conversation, actor=colleague)
        _rate(shop, conversation, at + timedelta(hours=31), subject)


def _rate(shop: DemoShop, conversation: Conversation, at: datetime, mood: str) -> None:
    """Two in three who were asked have answered; the unhappy ones seldom kindly."""
    if shop.random.random() > 0.66 or conversation.person is None:
        return
    values = (1, 2, 2, 3, 4) if mood in UNHAPPY else (3, 4, 4, 5, 5, 5)
    value = shop.random.choice(values)
    said = COMMENTS.get(value, ("",))
    Rating.objects.create(
        kind=Rating.Kind.CSAT, person=conversation.person, conversation=conversation, source=Rating.Source.DEMO,
        value=value, comment=shop.random.choice(said), created_at=at, asked_at=at,
        answered_at=at + timedelta(hours=shop.random.randrange(1, 40)),
    )  # fmt: skip


def _rate_elsewhere(shop: DemoShop) -> None:
    """Ratings of the counter and the telephone, brought by another program."""
    for person in shop.random.sample(list(shop.people.values()), min(RATED_ELSEWHERE, len(shop.people))):
        value = shop.random.choice((1, 2, 3, 4, 4, 4, 5, 5, 5, 5))
        at = shop.at(shop.today - timedelta(days=shop.random.randrange(1, 85)))
        Rating.objects.create(
            kind=Rating.Kind.CSAT, person=person, source=Rating.Source.DEMO, value=value, created_at=at, answered_at=at,
            comment=shop.random.choice(COMMENTS[value]),
        )  # fmt: skip


def _recommend(shop: DemoShop) -> None:
    """Whether some of the customers would recommend the shop, over the last three months."""
    for person in shop.random.sample(list(shop.people.values()), min(RECOMMENDATIONS, len(shop.people))):
        at = shop.at(shop.today - timedelta(days=shop.random.randrange(1, 85)))
        value = shop.random.choice((2, 5, 6, 7, 8, 8, 9, 9, 9, 10, 10))
        Rating.objects.create(
            kind=Rating.Kind.NPS, person=person, source=Rating.Source.DEMO, value=value, created_at=at, asked_at=at,
            answered_at=at + timedelta(hours=5), comment=shop.random.choice(REASONS.get(value, ("",))),
        )  # fmt: skip


def _date_back(conversation: Conversation, message: Message, at: datetime) -> None:
    Message.objects.filter(pk=message.pk).update(created_at=at)
    fields = {"last_message_at": at}
    if message.direction == Message.Direction.IN:
        fields |= {"created_at": at, "waiting_since": at}
    else:
        fields |= {"first_reply_at": at}
    Conversation.objects.filter(pk=conversation.pk).update(**fields)
    Event.objects.filter(person=conversation.person_id, kind__in=("message.received", "message.sent")).filter(
        at__gt=at + timedelta(days=1)
    ).update(at=at)


def remove_post() -> None:
    """Conversations would outlive their people: they are taken out before them. A topic in use by others stays."""
    Post.objects.filter(message__conversation__person__source="demo").delete()
    Conversation.objects.filter(person__source="demo").delete()
    unused = Topic.objects.filter(source=SOURCE, conversations=None, said=None, messages=None)
    made = list(unused.values_list("pk", flat=True))
    Event.objects.filter(subject_type="topic", subject_id__in=made).delete()
    Topic.objects.filter(pk__in=made).delete()
    Topic.objects.filter(source=SOURCE).update(source="")
