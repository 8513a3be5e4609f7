"""The outgoing post: a row per mail, claimed under a lease, handed over at most once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import make_msgid
from functools import partial

import structlog
from celery import current_app
from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _
from kombu.exceptions import OperationalError as BrokerDown

from crm.events import record_event
from inbox.models import Conversation, Message, Post
from inbox.smtp import HandOver, hand_over

log = structlog.get_logger(__name__)

LEASE = timedelta(minutes=5)
KEPT = timedelta(days=30)
BACK_OFF = [timedelta(minutes=m) for m in (1, 5, 15, 60, 240, 720, 1440)]


class HeaderInjectionError(ValueError):
    """A header value with a line break: somebody tries to add headers."""


@transaction.atomic
def post_mail(
    *,
    once_key: str,
    to: str,
    subject: str,
    body: str,
    html: str = "",
    message: Message | None = None,
    thread: list[str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> Post:
    """Queue one mail, as plain text and perhaps as a page, too; the same key again returns the mail of then.

    Raises HeaderInjectionError.
    """
    for value in (to, subject, *(thread or []), *(headers or {}).values()):
        if any(char in value for char in "\r\n\0"):
            raise HeaderInjectionError(_("There is a line break where none may be."))
    threading = {"In-Reply-To": thread[-1], "References": " ".join(thread)} if thread else {}
    post, is_new = Post.objects.get_or_create(
        once_key=once_key,
        defaults={
            "message": message, "to_address": to, "subject": subject[:255], "body": body, "html": html,
            "headers": {**(headers or {}), **threading}, "mail_id": make_msgid(domain=settings.MAIL_DOMAIN),
        },
    )  # fmt: skip
    if is_new:
        transaction.on_commit(partial(_wake, post.pk))
    return post


def _wake(post_id: int) -> None:
    try:
        current_app.send_task("inbox.send_post", kwargs={"post_id": post_id})
    except (BrokerDown, OSError):
        log.warning("broker_down", waiting=1)


def due_posts(limit: int = 200) -> list[int]:
    """Mails whose time has come; none while there is no mail server, so that they wait without growing old."""
    if not settings.EMAIL_HOST:
        return []
    return list(Post.objects.filter(due_at__lte=timezone.now()).order_by("due_at").values_list("pk", flat=True)[:limit])


def send_post(*, post_id: int) -> str:
    """Send one mail if it is due; returns its state afterwards. May be called any number of times."""
    if not settings.EMAIL_HOST:
        return "no mail server"
    post = _claim(post_id)
    if post is None:
        return "not due"
    _settle(post, hand_over(post, before_body=partial(_mark_transmitting, post)))
    return post.state


def _claim(post_id: int) -> Post | None:
    """Take the lease. What another worker left in the middle of a hand-over has an unknown fate.

    What was claimed more often than it may be tried brings its worker down each time: it is given up.
    """
    now = timezone.now()
    with transaction.atomic():
        post = Post.objects.select_for_update().filter(pk=post_id, due_at__lte=now).first()
        if post is None:
            return None
        if post.state == Post.State.TRANSMITTING:
            _settle(post, HandOver(Post.State.UNKNOWN, _("Sending was interrupted while the mail was handed over.")))
            return None
        if post.attempts > len(BACK_OFF):
            _settle(post, HandOver(Post.State.FAILED, _("Sending broke off every time.")))
            return None
        post.state, post.due_at, post.attempts = Post.State.SENDING, now + LEASE, post.attempts + 1
        post.save(update_fields=["state", "due_at", "attempts"])
    return post


def _mark_transmitting(post: Post) -> None:
    Post.objects.filter(pk=post.pk).update(state=Post.State.TRANSMITTING)


@transaction.atomic
def _settle(post: Post, result: HandOver) -> None:
    post.state, post.error, post.due_at = result.state, result.error[:500], None
    if result.state == Post.State.SENT:
        post.sent_at = timezone.now()
    elif result.state == Post.State.QUEUED:
        if post.attempts > len(BACK_OFF):
            post.state = Post.State.FAILED
        else:
            post.due_at = timezone.now() + BACK_OFF[post.attempts - 1]
    post.save(update_fields=["state", "error", "due_at", "sent_at"])
    if post.state in (Post.State.FAILED, Post.State.UNKNOWN) and post.message is not None:
        _bring_back(post, post.message)


def _bring_back(post: Post, message: Message) -> None:
    """An answer that did not arrive is work again: its conversation is open and unread."""
    conversation = message.conversation
    Conversation.objects.filter(pk=conversation.pk).update(
        status=Conversation.Status.OPEN, is_unread=True, closed_at=None, snoozed_until=None
    )
    record_event(
        kind="message.not_sent", subject=message, person=conversation.person,
        data={"conversation": conversation.pk, "subject": conversation.subject, "state": post.state,
              "error": post.error},
    )  # fmt: skip


@transaction.atomic
def send_again(*, post: Post) -> bool:
    """A colleague decides that a failed or unknown mail is sent again, or a waiting one now; whether it is."""
    states = (Post.State.FAILED, Post.State.UNKNOWN, Post.State.QUEUED)
    is_again = Post.objects.filter(pk=post.pk, state__in=states).update(
        state=Post.State.QUEUED, due_at=timezone.now(), attempts=0, error=""
    )
    if is_again:
        transaction.on_commit(partial(_wake, post.pk))
    return bool(is_again)


def forget_letters(*, now: datetime) -> int:
    """Empty old letters that Rapport wrote by itself: they name people who may have been deleted. Returns how many."""
    own = Q(once_key__startswith="digest:") | Q(once_key__startswith="rating:")
    over = Post.objects.filter(own, created_at__lt=now - KEPT, due_at=None).exclude(body="")
    return over.update(body="", html="")
