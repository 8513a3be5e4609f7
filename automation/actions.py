"""What a step of a flow may do, each in a few lines on the operations of the rooms below."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from string import Template
from typing import Any

from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, override

from automation.models import Run
from automation.operations.notifications import notify
from automation.operations.runs import StepFailedError, words_of
from automation.queries import in_readers_words, stand_in
from crm.extensions import FlowAction
from crm.models import Person, User
from crm.operations.work import change_tags, create_task

Settings = Mapping[str, Any]


def responsible(person: Person | None) -> User:
    """Who looks after this person: their owner, else the owner of the business. Raises StepFailedError."""
    if person is not None and person.owner is not None and person.owner.is_active:
        return person.owner
    owner = stand_in()
    if owner is None:
        raise StepFailedError(_("There is nobody to give this to."))
    return owner


def _title(settings: Settings, run: Run, reader: User) -> str:
    """The step's own text with $name and $flow filled in, for who reads it; nothing of it is ever executed."""
    with override(reader.language or None):
        title = in_readers_words(str(settings.get("title", ""))) or _("Look after $name")
        return Template(title).safe_substitute(words_of(run))


def _person(run: Run) -> Person:
    if run.person is None:
        raise StepFailedError(_("This step needs a person, and the event had none."))
    return run.person


def add_task(run: Run, settings: Settings, once_key: str) -> Settings:
    owner = responsible(run.person)
    due_on = timezone.localdate() + timedelta(days=int(settings.get("due_days", 2)))
    task = create_task(
        actor=None, title=_title(settings, run, owner), notes=str(settings.get("notes", "")), owner=owner,
        person=run.person, due_on=due_on, once_key=once_key,
    )  # fmt: skip
    return {"task": task.pk, "owner": str(owner)}


def tell(run: Run, settings: Settings, once_key: str) -> Settings:
    user = responsible(run.person)
    url = f"/people/{run.person.pk}/" if run.person else ""
    notify(user=user, title=_title(settings, run, user), person=run.person, url=url, once_key=once_key, icon="bolt")
    return {"told": str(user)}


def add_tag(run: Run, settings: Settings, once_key: str) -> Settings:
    person = _person(run)
    tag = str(settings.get("tag", "")).strip()
    if not tag:
        raise StepFailedError(_("The step names no tag."))
    try:
        change_tags(record=person, add=[tag], actor=None)
    except Http404:  # deleted just now, and this run with them
        raise StepFailedError(_("This step needs a person, and the event had none.")) from None
    return {"tag": tag}


ACTIONS = (
    FlowAction("task.create", gettext_lazy("Add a task"), add_task),
    FlowAction("notify", gettext_lazy("Tell the person in charge"), tell),
    FlowAction("tag.add", gettext_lazy("Add a tag"), add_tag),
)
