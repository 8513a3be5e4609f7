"""Takes an import back: deletes what it made and restores what it changed, except what somebody edited since."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.models import Company, ContactPoint, Event, ImportJob, ImportRow, Order, Person, Record
from crm.operations.orders import recount_orders

from .jobs import ROWS_KEPT, wake_worker

BATCH = 200
RECORDS: dict[str, type[Record]] = {"person": Person, "company": Company}


class CannotUndoError(ValueError):
    """The import is not finished, or its undo window is over."""


def undo_deadline(job: ImportJob) -> datetime | None:
    """Until when the import can be taken back; None when it can't."""
    over = (ImportJob.State.DONE, ImportJob.State.CANCELLED, ImportJob.State.FAILED)
    if job.state not in over or job.finished_at is None:
        return None
    deadline: datetime = job.finished_at + ROWS_KEPT
    return deadline if deadline > timezone.now() else None


@transaction.atomic
def start_undo(*, job: ImportJob) -> None:
    """Have a worker take the import back. Raises CannotUndoError."""
    if undo_deadline(job) is None:
        raise CannotUndoError(_("This import can't be taken back any more."))
    ImportJob.objects.filter(pk=job.pk, state=job.state).update(
        state=ImportJob.State.UNDOING, lease_until=timezone.now(), lease_token=None, attempts=0, cancel_asked=False
    )
    transaction.on_commit(partial(wake_worker, job.pk))


def undo_chunk(job: ImportJob) -> bool:
    """Take back the newest outcomes; True when none is left. Runs in the caller's transaction."""
    made = ImportRow.objects.filter(job=job, action__in=("created", "updated"), target__in=("order", *RECORDS))
    rows = list(made.order_by("-pk")[:BATCH])
    if not rows:
        return True
    counts = dict(job.counts)
    for target in ("order", "person", "company"):
        created = [row.target_id for row in rows if row.target == target and row.action == "created" and row.target_id]
        if target == "order":
            _delete_orders(created, counts)
        else:
            _delete_records(RECORDS[target], created, counts)
    for row in rows:
        if row.action == "updated":
            _restore(row, counts)
    ImportRow.objects.filter(pk__in=[row.pk for row in rows]).delete()
    job.counts = counts
    return False


def _delete_orders(ids: Sequence[int], counts: dict[str, int]) -> None:
    orders = Order.objects.filter(pk__in=ids)
    people = {pk for pk in orders.values_list("person_id", flat=True) if pk is not None}
    Event.objects.filter(subject_type="order", subject_id__in=ids, via=Event.Via.IMPORT).delete()
    removed = orders.count()
    orders.delete()
    recount_orders(people)
    counts["undone"] = counts.get("undone", 0) + removed


def _delete_records(model: type[Record], ids: Sequence[int], counts: dict[str, int]) -> None:
    """Delete what nobody touched since: the version is the first, and no work of other origin hangs on it."""
    rows: Any = model._default_manager.filter(pk__in=ids)
    here = set(rows.values_list("pk", flat=True))
    free = set(rows.filter(version=1).values_list("pk", flat=True)) - _in_use(model, ids)
    model._default_manager.filter(pk__in=free).delete()
    counts["undone"] = counts.get("undone", 0) + len(free)
    counts["kept"] = counts.get("kept", 0) + len(here - free)


def _in_use(model: type[Record], ids: Sequence[int]) -> set[int]:
    """Records with tasks, deals, orders or anything that happened other than by import."""
    column = model._meta.model_name
    used = set(
        Event.objects.filter(**{f"{column}__in": ids}).exclude(via__in=(Event.Via.IMPORT, Event.Via.SYSTEM))
        .values_list(f"{column}_id", flat=True)
    )  # fmt: skip
    return used | set(Order.objects.filter(**{f"{column}__in": ids}).values_list(f"{column}_id", flat=True))


def _restore(row: ImportRow, counts: dict[str, int]) -> None:
    model = RECORDS[row.target]
    record: Any = model._default_manager.select_for_update(of=("self",)).filter(pk=row.target_id).first()
    if record is None:
        return
    if record.version != row.before.get("version"):
        counts["kept"] = counts.get("kept", 0) + 1
        return
    for name, value in row.before.get("fields", {}).items():
        setattr(record, name, value)
    record.version -= 1
    record.save()
    for kind, normalised in row.before.get("points", []):
        ContactPoint.objects.filter(person=row.target_id, kind=kind, normalised=normalised).delete()
    counts["undone"] = counts.get("undone", 0) + 1
