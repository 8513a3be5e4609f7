"""What the dialog of a person's data shows: what the file will hold, how far it is, where it lies and until when."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.utils import timezone

from crm.extensions import privacy_exporters
from crm.models import DataFile, Person, User


@dataclass(frozen=True)
class DataPage:
    """`file` is the newest that this user asked for and that is not over; `percent` of one that is being made."""

    parts: list[str]
    file: DataFile | None
    percent: int | None

    @property
    def is_waiting(self) -> bool:
        return self.file is not None and self.file.state == DataFile.State.WAITING

    @property
    def is_ready(self) -> bool:
        return self.file is not None and self.file.state == DataFile.State.DONE


def data_page(user: User, person: Person) -> DataPage:
    """One query."""
    parts = [str(one.label) for one in sorted(privacy_exporters, key=lambda one: one.position)]
    file = DataFile.objects.filter(person=person, user=user).order_by("-asked_at", "-pk").first()
    if file is not None and file.expires_at is not None and file.expires_at <= timezone.now():
        file = None
    percent = 100 * file.done_parts // file.parts if file is not None and file.parts else None
    return DataPage(parts, file, percent)


def file_to_fetch(user: User, person: Person, key: UUID) -> DataFile | None:
    """The file of this address, for whoever asked for it, until its time is over."""
    mine = DataFile.objects.filter(person=person, user=user, key=key, state=DataFile.State.DONE)
    return mine.filter(expires_at__gt=timezone.now()).first()
