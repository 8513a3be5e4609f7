"""What the list shows of a record beside itself: the essentials, without leaving the list."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm.models import Company, Deal, Person, User
from crm.parts import TimelineItem

from .people import Contact, contacts_of
from .records import FieldFact, custom_fields, field_facts, open_tasks
from .tasks import TaskLine
from .timeline import timeline_page

LATEST = 5


@dataclass(frozen=True)
class Peek:
    """Only what is known of a record: empty facts are left out."""

    facts: Sequence[FieldFact]
    contacts: Sequence[Contact]
    tasks: Sequence[TaskLine]
    latest: Sequence[TimelineItem]


def peek(reader: User, record: Person | Company | Deal, names: Sequence[str], *, url: str) -> Peek:
    """The essentials of a record that the reader may see, in at most six queries."""
    facts = field_facts(record, names, custom_fields(str(record._meta.model_name)))
    items = [item for stretch in timeline_page(record, url=url).stretches for item in stretch.items]
    return Peek(
        facts=[fact for fact in facts if fact.words and fact.words != str(record)],
        contacts=contacts_of(record) if isinstance(record, Person) else (),
        tasks=open_tasks(reader, record, most=LATEST),
        latest=items[:LATEST],
    )
