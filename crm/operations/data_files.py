"""Files with all data of a person: asked for as rows, made by a worker under a lease, gone after a day."""

from __future__ import annotations

import os
import shutil
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone, translation
from kombu.exceptions import OperationalError as BrokerDown

from crm.access import may_give_out
from crm.downloads import sweep_folders
from crm.events import record_event
from crm.models import DataFile, Person, User

from .person_file import pack_person

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=2)
KEPT = timedelta(hours=24)
LATE = timedelta(seconds=30)
MAX_ATTEMPTS = 3


def path_of(file: DataFile) -> Path:
    """Where the ZIP lies; its folder is a random name of ours."""
    return root() / str(file.key) / "data.zip"


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / "exports"


@transaction.atomic
def ask_for_data(*, person: Person, user: User) -> DataFile:
    """Have the file made. One that waits already is the same: two clicks make one file."""
    file, is_new = DataFile.objects.get_or_create(person=person, user=user, state=DataFile.State.WAITING)
    if is_new:
        transaction.on_commit(partial(wake, file.pk))
    return file


def wake(file_id: int) -> None:
    """Tell a worker. A broker that is down costs time only: the sweep finds the row."""
    try:
        current_app.send_task("crm.make_data_file", kwargs={"file_id": file_id})
    except (BrokerDown, OSError):
        log.warning("broker_down", data_file=file_id)


def make_data_file(file_id: int) -> bool:
    """Make the file, unless another worker does; may be called again at any time.

    Records `person.exported` once it is there, which holds counts alone. Whoever may not have it any more gets none.
    """
    now = timezone.now()
    free = Q(leased_until=None) | Q(leased_until__lt=now)
    mine = DataFile.objects.filter(free, pk=file_id, state=DataFile.State.WAITING)
    if not mine.update(leased_until=now + LEASE, attempts=F("attempts") + 1):
        return False
    file = DataFile.objects.select_related("user", "person").filter(pk=file_id).first()
    if file is None:  # the person was erased just now
        return False
    if file.attempts > MAX_ATTEMPTS or not _may_have(file):
        DataFile.objects.filter(pk=file_id).update(state=DataFile.State.FAILED, leased_until=None)
        return False
    with translation.override(file.user.language or translation.get_language()):
        packed = pack_person(person=file.person, alive=partial(_alive, file))
    draft = path_of(file).with_name(f"data.zip.{file.attempts}")
    _write(draft, packed.content)
    is_kept = _finish(file, draft, packed.tables, packed.rows, len(packed.content))
    draft.unlink(missing_ok=True)
    if not DataFile.objects.filter(pk=file_id).exists():  # the person was erased meanwhile
        shutil.rmtree(path_of(file).parent, ignore_errors=True)
    return is_kept


def _may_have(file: DataFile) -> bool:
    return may_give_out(file.user) and Person.objects.visible_to(file.user).filter(pk=file.person_id).exists()


def _ours(file: DataFile) -> QuerySet[DataFile]:
    """The row while it waits for us: whoever takes over an attempt that seems dead counts it up."""
    return DataFile.objects.filter(pk=file.pk, state=DataFile.State.WAITING, attempts=file.attempts)


def _alive(file: DataFile, done: int, parts: int) -> None:
    _ours(file).update(done_parts=done, parts=parts, leased_until=timezone.now() + LEASE)


def _write(path: Path, content: bytes) -> None:
    """Readable by nobody else on this machine."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with os.fdopen(os.open(path, os.O_CREAT | os.O_WRONLY | os.O_TRUNC, 0o600), "wb") as kept:
        kept.write(content)


@transaction.atomic
def _finish(file: DataFile, draft: Path, tables: int, rows: int, size: int) -> bool:
    """Put the whole file in its place, or not at all where it is not ours to make any more."""
    person = Person.objects.select_for_update(of=("self",)).filter(pk=file.person_id).first()
    now = timezone.now()
    if person is None or not _ours(file).update(
        state=DataFile.State.DONE, tables=tables, rows=rows, bytes=size, made_at=now, expires_at=now + KEPT,
        leased_until=None, done_parts=F("parts"),
    ):  # fmt: skip
        return False
    draft.replace(path_of(file))
    record_event(
        kind="person.exported", subject=person, actor=file.user, data={"tables": tables, "rows": rows, "file": file.pk}
    )
    return True


def drop_data_files(person: Person) -> None:
    """Files about somebody who is being erased go with them. Part of the erasing transaction."""
    for file in DataFile.objects.filter(person=person):
        transaction.on_commit(partial(shutil.rmtree, path_of(file).parent, ignore_errors=True))
    DataFile.objects.filter(person=person).delete()


def sweep_data_files(now: datetime) -> int:
    """Wake workers for what waits longer than it should, and remove what is over, on disk first."""
    late = Q(leased_until__lt=now) | Q(leased_until=None, asked_at__lt=now - LATE)
    left = list(DataFile.objects.filter(late, state=DataFile.State.WAITING).values_list("pk", flat=True))
    for file_id in left:
        wake(file_id)
    over = Q(expires_at__lte=now) | Q(state=DataFile.State.FAILED, asked_at__lt=now - KEPT)
    for file in DataFile.objects.filter(over):
        shutil.rmtree(path_of(file).parent, ignore_errors=True)
        file.delete()
    # Folders that a crash, or a person deleted meanwhile, left without a row.
    kept = {str(key) for key in DataFile.objects.values_list("key", flat=True)}
    sweep_folders(root(), kept, before=now - LEASE)
    return len(left)
