"""What colleagues are told of by themselves: work that somebody gave them, and what went wrong with theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.models import Model
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from automation.models import Flow
from automation.operations.notifications import notify
from automation.queries import stand_in
from crm.extensions import EventConsumer, event_kinds
from crm.models import Event, Note, Role, Task, User
from inbox.models import Conversation, Message, Rating


def tell_assignees(events: Sequence[Event]) -> None:
    """Somebody else gave me a task: tell me."""
    for event in events:
        task = _subject(Task, event, "owner", "person")
        if task is None or not _is_news(task.owner, event):
            continue
        notify(
            user=task.owner, title=task.title, person=task.person, url="/tasks", icon="clipboard",
            once_key=f"task:{task.pk}:{task.owner_id}",
        )  # fmt: skip


def tell_takers(events: Sequence[Event]) -> None:
    """Somebody else gave me a conversation: tell me."""
    for event in events:
        conversation = _subject(Conversation, event, "assignee", "person")
        if conversation is None or not _is_news(conversation.assignee, event):
            continue
        with override(conversation.assignee.language or None):
            words = {"actor": event.actor, "subject": conversation.subject or f"#{conversation.pk}"}
            notify(
                user=conversation.assignee, title=_("%(actor)s gave you: %(subject)s") % words, icon="inbox",
                person=conversation.person, url=_url(conversation), once_key=f"conversation:{event.pk}",
            )  # fmt: skip


def tell_writers(events: Sequence[Event]) -> None:
    """My answer did not arrive, or nobody knows: tell me."""
    for event in events:
        message = _subject(Message, event, "author", "conversation__person")
        if message is None or message.author is None or not message.author.is_active:
            continue
        conversation = message.conversation
        with override(message.author.language or None):
            words = {"subject": conversation.subject or f"#{conversation.pk}"}
            notify(
                user=message.author, title=_("Your answer did not go out: %(subject)s") % words,
                icon="exclamation-triangle", person=conversation.person, url=_url(conversation),
                once_key=f"not-sent:{event.pk}",
            )  # fmt: skip


def tell_of_unhappy(events: Sequence[Event]) -> None:
    """A customer rated us badly: tell who looks after the conversation or the person, else the owner, once."""
    for event in events:
        rating: Rating | None = _subject(Rating, event, "conversation__assignee", "person__owner")
        if rating is None or not rating.is_bad:
            continue
        user = _in_charge(rating)
        if user is None:
            continue
        with override(user.language or None):
            words = {"person": rating.person, "value": rating.value, "most": rating.most}
            notify(
                user=user, title=_("%(person)s rated you %(value)s of %(most)s") % words, icon="face-frown",
                person=rating.person, url=_url(rating.conversation) if rating.conversation else _page_of(rating),
                once_key=f"rating:{rating.pk}",
            )  # fmt: skip


def _in_charge(rating: Rating) -> User | None:
    """Who may see it and should look after it: of the conversation, of the person, of the business."""
    conversation, owner = rating.conversation, rating.person.owner
    for user in (conversation.assignee if conversation else None, owner, stand_in()):
        if user is not None and user.is_active and Rating.objects.visible_to(user).filter(pk=rating.pk).exists():
            return user
    return None


def tell_managers(events: Sequence[Event]) -> None:
    """An automation failed: tell who can do something about it, once a day for each automation."""
    for event in events:
        flow = _subject(Flow, event)
        for manager in User.objects.filter(role__in=(Role.OWNER, Role.MANAGER), is_active=True) if flow else ():
            with override(manager.language or None):
                notify(
                    user=manager, title=_("The automation “%(name)s” failed") % {"name": flow.name},
                    icon="exclamation-triangle", url=reverse("automation:flow-runs", args=[flow.pk]),
                    once_key=f"flow-failed:{flow.pk}:{timezone.localdate(event.at)}:{manager.pk}",
                )  # fmt: skip


def tell_mentioned(events: Sequence[Event]) -> None:
    """Somebody called me in a note by @name: tell me, if I may see what it stands at."""
    for event in events:
        ids = event.data.get("mentions") or ()
        note: Note | None = _subject(Note, event, "person", "company", "deal") if ids else None
        if note is None:
            continue
        for user in User.objects.filter(pk__in=ids, is_active=True):
            if not Note.objects.visible_to(user).filter(pk=note.pk).exists():
                continue
            with override(user.language or None):
                words = {"actor": event.actor, "record": note.deal or note.company or note.person}
                notify(
                    user=user, title=_("%(actor)s called you in a note: %(record)s") % words, icon="at-symbol",
                    person=note.person, url=_page_of(note), once_key=f"mention:{note.pk}:{user.pk}",
                )  # fmt: skip


def tell_of_models(events: Sequence[Event]) -> None:
    """A model was sent back, or is wrong and frozen, or its level was off: tell who decides about models."""
    for event in events:
        task = str(event.data.get("task"))
        for manager in User.objects.filter(role__in=(Role.OWNER, Role.MANAGER), is_active=True):
            with override(manager.language or None):
                notify(
                    user=manager, title=_sentence(event), icon="exclamation-triangle",
                    url=reverse("analytics:model-detail", args=[task]),
                    once_key=f"model:{event.pk}:{manager.pk}",
                )  # fmt: skip


def tell_of_data_files(events: Sequence[Event]) -> None:
    """The file that I asked for is ready: tell me where."""
    for event in events:
        user = event.actor
        if user is None or not user.is_active or event.person is None or "file" not in event.data:
            continue
        with override(user.language or None):
            notify(
                user=user, title=_("The file with all data of %(person)s is ready") % {"person": event.person},
                icon="arrow-down-tray", person=event.person, url=reverse("crm:person-data", args=[event.person.pk]),
                once_key=f"data-file:{event.pk}",
            )  # fmt: skip


CONSUMERS = (
    EventConsumer(
        "automation.models", ("model.returned", "model.warned", "model.levelled"), tell_of_models, in_imports=False
    ),
    EventConsumer("automation.notices", ("task.created",), tell_assignees, in_imports=False),
    EventConsumer("automation.takers", ("conversation.assigned",), tell_takers, in_imports=False),
    EventConsumer("automation.mentions", ("note.added",), tell_mentioned, in_imports=False),
    EventConsumer("automation.writers", ("message.not_sent",), tell_writers, in_imports=False),
    EventConsumer("automation.unhappy", ("rating.received", "rating.changed"), tell_of_unhappy, in_imports=False),
    EventConsumer("automation.data_files", ("person.exported",), tell_of_data_files, in_imports=False),
    EventConsumer("automation.failures", ("flow.failed",), tell_managers, in_imports=False),
)


def _sentence(event: Event) -> str:
    """The event as its kind says it."""
    kind = event_kinds[event.kind]
    words = kind.words(event.data) if kind.words else {}
    return str(kind.sentence) % {**event.data, **words}


def _subject(model: type[Model], event: Event, *related: str) -> Any:
    """What the event is about, if it is still there."""
    return model._default_manager.select_related(*related).filter(pk=event.subject_id or 0).first()


def _is_news(user: User | None, event: Event) -> bool:
    """Whether somebody else did it, and the user is still here."""
    return user is not None and user.is_active and event.actor_id is not None and user.pk != event.actor_id


def _page_of(row: Note | Rating) -> str:
    for name in ("deal", "company", "person"):
        pk = getattr(row, f"{name}_id", None)
        if pk is not None:
            return reverse(f"crm:{name}-detail", args=[pk])
    return ""


def _url(conversation: Conversation) -> str:
    return reverse("inbox:conversation", args=["all", conversation.pk])
