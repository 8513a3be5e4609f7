"""Whether mail goes out."""

from __future__ import annotations

from dataclasses import dataclass

from django.conf import settings
from django.db.models import Count, Q

from inbox.models import Post


@dataclass(frozen=True)
class MailState:
    """Whether mail goes out, by which server, what waits or failed, and the newest letter to oneself."""

    server: str
    waiting: int
    failed: int
    test: Post | None


def mail_state(test_key: str) -> MailState:
    is_failed = Q(state__in=(Post.State.FAILED, Post.State.UNKNOWN))
    counts = Post.objects.aggregate(
        waiting=Count("pk", filter=Q(due_at__isnull=False)), failed=Count("pk", filter=is_failed)
    )
    return MailState(
        server=f"{settings.EMAIL_HOST}:{settings.EMAIL_PORT}" if settings.EMAIL_HOST else "",
        waiting=counts["waiting"],
        failed=counts["failed"],
        test=Post.objects.filter(once_key__startswith=test_key).order_by("-pk").first(),
    )
