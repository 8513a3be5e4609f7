"""The post of the demo business: what its fictional customers write, in their languages, and what was answered."""

from __future__ import annotations

from datetime import datetime, timedelta

from crm.demo import SOURCE, DemoShop
from crm.models import Event, Person, User
from inbox.demo_letters import ANSWERS_AGAIN, LETTERS, TOPICS, WRITES_AGAIN
from inbox.models import Channel, Conversation, Message, Post, Rating, Topic
from inbox.operations.conversations import close, reply
from inbox.operations.receiving import receive_message
from inbox.operations.topics import add_starters, say_topic, starter_topics

ANSWERS = {
    "delivery": "We have asked the carrier, and write to you as soon as we know where your parcel is.",
    "invoice": "Thank you for telling us. The right invoice comes with this mail.",
    "return": "Of course. A label to send it back is on its way; the money follows when the parcel is here.",
    "product": "Thank you for asking. All about it stands on its page now; write again if anything is left open.",
    "quality": "We are sorry about this. A replacement is on its way to you.",
    "praise": "Thank you, that made our day!",
    "technical": "We are sorry about this. It works again: please try once more.",
    "cancellation": "It is cancelled, and you get a confirmation in a minute.",
    "": "Thank you for asking! It stands on our home page now.",
}
CONVERSATIONS = 120
MOST_AGAIN = 2  # times that a customer writes again
AGAIN = {"": 0.1, "praise": 0.05, "product": 0.25}  # how likely they do, by what it is about
AGAIN_ELSE, AGAIN_UNHAPPY = 0.35, 0.6
REOPENED = 0.12  # of those that were closed
TOLD = (
    "message.received", "message.sent", "conversation.opened", "conversation.reopened", "conversation.topic_set",
)  # fmt: skip
SAID = 0.6  # of the older conversations a colleague said what they are about
ALWAYS_SAID = 4  # of each topic: with fewer it could not be told, and would be taken for another
ANSWER = 0.66  # of those who are asked how it went
RECOMMENDATIONS = 160
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
        from_address=_address(shop, person),
    )  # fmt: skip
    conversation = message.conversation
    _date_back(conversation, message, at)
    Conversation.objects.filter(pk=conversation.pk).update(created_at=at)
    if number < CONVERSATIONS // 8 or not shop.staff:
        return
    colleague = shop.random.choice(shop.staff)
    _say_topic(shop, conversation, about, colleague)
    at = _talk(shop, conversation, colleague, about, at)
    if shop.random.random() < 0.7:
        _end(shop, conversation, colleague, at)
        _rate(shop, conversation, at + timedelta(hours=61), subject)


def _address(shop: DemoShop, person: Person) -> str:
    return shop.customers[int(person.external_id)].email


def _talk(shop: DemoShop, conversation: Conversation, colleague: User, about: str, at: datetime) -> datetime:
    """An answer, and where it was not the end of it the next ones; returns when the last was sent."""
    at += timedelta(hours=shop.random.randrange(1, 24))
    answer = _answer(conversation, colleague, ANSWERS[about], at)
    Conversation.objects.filter(pk=conversation.pk).update(first_reply_at=at)
    likely = AGAIN_UNHAPPY if conversation.subject in UNHAPPY else AGAIN.get(about, AGAIN_ELSE)
    for _time in range(MOST_AGAIN):
        if shop.random.random() > likely:
            break
        at += timedelta(hours=shop.random.randrange(1, 8))
        _write_again(shop, conversation, answer, at)
        at += timedelta(hours=shop.random.randrange(1, 8))
        answer = _answer(conversation, colleague, shop.random.choice(ANSWERS_AGAIN), at)
    return at


def _answer(conversation: Conversation, colleague: User, text: str, at: datetime) -> Message:
    answer = reply(conversation=conversation, actor=colleague, text=text)
    # Nothing of the demo business leaves the house: its answers count as sent.
    Post.objects.filter(message=answer).update(state=Post.State.SENT, sent_at=at, due_at=None)
    _date_back(conversation, answer, at)
    return answer


def _write_again(shop: DemoShop, conversation: Conversation, answer: Message, at: datetime) -> None:
    """The customer answers our answer."""
    person = conversation.person
    if person is None:
        return
    message = receive_message(
        channel=conversation.channel, external_id=f"demo:again:{answer.pk}", from_name=person.name,
        subject=conversation.subject, text=shop.random.choice(WRITES_AGAIN[person.language]),
        from_address=_address(shop, person),
        in_reply_to=tuple(Post.objects.filter(message=answer).values_list("mail_id", flat=True)),
    )  # fmt: skip
    _date_back(conversation, message, at)


def _end(shop: DemoShop, conversation: Conversation, colleague: User, at: datetime) -> None:
    """It is closed; now and then the customer writes once more, and it is answered and closed again, or waits."""
    at += timedelta(hours=shop.random.randrange(1, 12))
    _close(conversation, colleague, at)
    if shop.random.random() > REOPENED:
        return
    last = conversation.messages.filter(direction=Message.Direction.OUT).latest("pk")
    at += timedelta(hours=shop.random.randrange(10, 40))
    _write_again(shop, conversation, last, at)
    if shop.random.random() < 0.5:
        at += timedelta(hours=shop.random.randrange(1, 8))
        _answer(conversation, colleague, shop.random.choice(ANSWERS_AGAIN), at)
        _close(conversation, colleague, at + timedelta(hours=1))


def _say_topic(shop: DemoShop, conversation: Conversation, about: str, colleague: User) -> None:
    topic = starter_topics().get(about)
    if topic is None:
        return
    if topic.said.count() < ALWAYS_SAID or shop.random.random() < SAID:
        say_topic(conversation=conversation, actor=colleague, topic=topic)


def _close(conversation: Conversation, colleague: User, at: datetime) -> None:
    """Closed a day or two after it began, and not on the day on which the demo is filled in."""
    close(conversation=conversation, actor=colleague)
    Conversation.objects.filter(pk=conversation.pk).update(closed_at=at)
    told = Event.objects.filter(kind="conversation.closed", subject_type="conversation", subject_id=conversation.pk)
    told.filter(pk=told.latest("pk").pk).update(at=at)


def _rate(shop: DemoShop, conversation: Conversation, at: datetime, mood: str) -> None:
    """Two in three who were asked have answered; the unhappy ones seldom kindly."""
    if conversation.person is None:
        return
    if shop.random.random() > ANSWER:
        _ask_in_vain(Rating.Kind.CSAT, conversation.person, at, conversation)
        return
    values = (1, 2, 2, 3, 4) if mood in UNHAPPY else (3, 4, 4, 5, 5, 5)
    value = shop.random.choice(values)
    said = COMMENTS.get(value, ("",))
    Rating.objects.create(
        kind=Rating.Kind.CSAT, person=conversation.person, conversation=conversation, source=Rating.Source.DEMO,
        value=value, comment=shop.random.choice(said), created_at=at, asked_at=at,
        answered_at=at + timedelta(hours=shop.random.randrange(1, 40)),
    )  # fmt: skip


def _ask_in_vain(kind: str, person: Person, at: datetime, conversation: Conversation | None = None) -> None:
    Rating.objects.create(
        kind=kind, person=person, conversation=conversation, source=Rating.Source.DEMO, created_at=at, asked_at=at
    )


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
        if shop.random.random() > ANSWER:
            _ask_in_vain(Rating.Kind.NPS, person, at)
            continue
        value = shop.random.choice((2, 5, 6, 7, 8, 8, 9, 9, 9, 10, 10))
        Rating.objects.create(
            kind=Rating.Kind.NPS, person=person, source=Rating.Source.DEMO, value=value, created_at=at, asked_at=at,
            answered_at=at + timedelta(hours=5), comment=shop.random.choice(REASONS.get(value, ("",))),
        )  # fmt: skip


def _date_back(conversation: Conversation, message: Message, at: datetime) -> None:
    Message.objects.filter(pk=message.pk).update(created_at=at)
    fields = {"last_message_at": at}
    if message.direction == Message.Direction.IN:
        fields |= {"waiting_since": at}
    Conversation.objects.filter(pk=conversation.pk).update(**fields)
    told = Event.objects.filter(person=conversation.person_id, kind__in=TOLD)
    told.filter(at__gt=at + timedelta(days=1)).update(at=at)


def remove_post() -> None:
    """Conversations would outlive their people: they are taken out before them. A topic in use by others stays."""
    Post.objects.filter(message__conversation__person__source="demo").delete()
    Conversation.objects.filter(person__source="demo").delete()
    unused = Topic.objects.filter(source=SOURCE, conversations=None, said=None, messages=None)
    made = list(unused.values_list("pk", flat=True))
    Event.objects.filter(subject_type="topic", subject_id__in=made).delete()
    Topic.objects.filter(pk__in=made).delete()
    Topic.objects.filter(source=SOURCE).update(source="")
