"""Background work of the inbox: each task carries ids only and may run twice."""

from __future__ import annotations

from celery import shared_task
from django.conf import settings
from django.utils import timezone

from inbox.operations import asking, conversations, posting


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


@shared_task(name="inbox.ask_customers")
def ask_customers() -> int:
    """Choose whom to ask whether they would recommend us, and write the questions that are due; every few minutes.

    Without a mail server nobody is asked: a question that waited for weeks would only puzzle.
    """
    if not settings.EMAIL_HOST:
        return 0
    asking.plan_recommendations()
    return asking.ask_what_is_due()


@shared_task(name="inbox.forget_letters")
def forget_letters() -> int:
    """Every night: what letters by themselves said of people does not outlive its use."""
    return posting.forget_letters(now=timezone.now())
