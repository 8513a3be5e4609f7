"""Telling a colleague something, once."""

from __future__ import annotations

from django.utils import timezone

from automation.models import Notification
from crm.models import Person, User


def notify(
    *, user: User, title: str, once_key: str, person: Person | None = None, url: str = "", icon: str = "bell"
) -> Notification:
    """Tell a colleague; the same key tells them once."""
    row, _is_new = Notification.objects.get_or_create(
        once_key=once_key[:150],
        defaults={"user": user, "title": title[:255], "person": person, "url": url, "icon": icon},
    )
    return row


def mark_read(*, user: User, notification_id: int | None = None) -> int:
    """Mark one, or all, of this user's notifications as read; returns how many."""
    unread = Notification.objects.filter(user=user, read_at=None)
    if notification_id is not None:
        unread = unread.filter(pk=notification_id)
    return unread.update(read_at=timezone.now())
