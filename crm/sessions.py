"""Sessions in the database that end by themselves: eight hours after the last use, two weeks after sign-in."""

from __future__ import annotations

import time
from datetime import datetime
from typing import Any

from django.conf import settings
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone

BEGAN = "began_at"


class SessionStore(DatabaseStore):
    """Django's own, which knows when it began. A row's end is eight hours after it was last written."""

    ends_at: datetime | None = None

    def load(self) -> dict[str, Any]:
        row = self._get_session_from_db()  # type: ignore[attr-defined]
        data: dict[str, Any] = self.decode(row.session_data) if row else {}
        if row is None or age(data) > settings.SESSION_LONGEST:
            self._session_key = None
            return {}
        self.ends_at = row.expire_date
        return data

    def create_model_instance(self, data: dict[str, Any]) -> Any:
        data.setdefault(BEGAN, int(time.time()))
        return super().create_model_instance(data)

    @classmethod
    def get_model_class(cls) -> Any:
        return DatabaseStore.get_model_class()


def age(session: SessionBase | dict[str, Any]) -> float:
    """Seconds since sign-in; nothing for a session that has not been written yet."""
    return time.time() - float(session.get(BEGAN, time.time()))


def begin(session: SessionBase) -> None:
    """Somebody has just signed in."""
    session[BEGAN] = int(time.time())


def keep_alive(session: SessionBase) -> None:
    """Put the end of a session in use off, with one write in ten minutes."""
    ends_at = getattr(session, "ends_at", None)
    if ends_at is None:
        return
    left = (ends_at - timezone.now()).total_seconds()
    if left < settings.SESSION_COOKIE_AGE - settings.SESSION_WRITTEN_EVERY:
        session.modified = True
