"""Erasing a person: what they may demand of a business besides a copy of all their data."""

from __future__ import annotations

from django.db import connection, transaction
from django.db.models import Q

from crm.events import record_event
from crm.extensions import privacy_exporters
from crm.models import Deal, DealLine, Event, ImportRow, Note, Person, Task, User

from .data_files import drop_data_files
from .erasures import keep_away, keys_of
from .imports import drop_files_of_everybody
from .people import delete_person
from .traces import Seen, blank_traces, forget_history, look_for, traced_rows

BUSY_MS, USUAL_MS = 250, 20_000  # how long to wait for readers of SQLite


def erase_person(*, person: Person, actor: User) -> None:
    """Erase a person in every room: what is about them alone goes, what the books need stays without them.

    No import and no other program brings them back: keyed hashes of their addresses and numbers are kept (`Erasure`).
    Records `person.erased`, which holds no personal data, beside `person.deleted`. Idempotent.
    """
    seen = look_for(person)  # nobody waits while the journals of imports are read
    with transaction.atomic():
        _erase(person, actor, seen)


def _erase(person: Person, actor: User, seen: Seen) -> None:
    drop_files_of_everybody()  # first: it waits for what imports write just now, and nobody waits the other way round
    found = Person.objects.select_for_update(of=("self",)).filter(pk=person.pk).first()
    if found is None:
        return
    person = found  # with the name of now, not that of when the page was opened
    traced = traced_rows(person)
    remembered = [key for one in privacy_exporters if one.remember for key in one.remember(person)]
    keep_away(keys={*keys_of(person), *remembered}, actor=actor)
    blank_traces(person, seen)
    for exporter in sorted(privacy_exporters, key=lambda one: -one.position):
        if exporter.erase is not None:
            exporter.erase(person)
    record_event(kind="person.erased", subject=person, actor=actor, is_farewell=True)
    delete_person(person=person, actor=actor)
    forget_history(traced[Person][0], traced)  # last: the erasing itself was noted there, too
    transaction.on_commit(wipe_free_pages)


def erase_records(person: Person) -> None:
    """The eraser of this room: notes, tasks, timeline, words of deals; orders and deals stay without a name."""
    drop_data_files(person)
    for model in (Note, Task):
        model._default_manager.filter(_about(person)).delete()
    Event.objects.filter(_about(person)).exclude(subject_type="order", handled_at=None).delete()
    deals = list(Deal.objects.filter(person=person).values_list("pk", "lead_source"))
    for pk, came_from in deals:
        is_usual = Deal.objects.filter(lead_source=came_from).exclude(pk=pk).exists()
        Deal.objects.filter(pk=pk).update(
            title=f"#{pk}", person=None, next_step="", lost_reason="", custom={}, search_text="",
            source="", external_id="",
            lead_source=came_from if is_usual else "",
        )  # fmt: skip
    ids = [pk for pk, _came_from in deals]
    DealLine.objects.filter(deal__in=ids).update(description="")
    theirs = Q(target="person", target_id=person.pk) | Q(target="deal", target_id__in=ids)
    ImportRow.objects.filter(theirs).update(values=[], before={}, message="")


def _about(person: Person) -> Q:
    return Q(person=person) | Q(deal__person=person)


def wipe_free_pages() -> None:
    """SQLite keeps what was written lately in a file beside the database: have it worked in and emptied."""
    if connection.vendor == "sqlite" and not connection.in_atomic_block:
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout={BUSY_MS}")
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")  # where somebody reads just now, the next one does it
            cursor.execute(f"PRAGMA busy_timeout={USUAL_MS}")
