"""Background work of the inbox: each task carries ids only and may run twice."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from inbox.operations import conversations, posting


@shared_task(name="inbox.send_post")
def send_post(*, post_id: int) -> str:
    return posting.send_post(post_id=post_id)


@shared_task(name="inbox.sweep")
def sweep() -> int:
    """Send what is due and wake what was snoozed; beat runs this twice a minute."""
    ids = posting.due_posts()
    for post_id in ids:
        posting.send_post(post_id=post_id)
    return len(ids) + conversations.wake_snoozed(now=timezone.now())
