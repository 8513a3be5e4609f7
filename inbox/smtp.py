"""Handing one mail over to the mail server, phase by phase, so that its fate is known wherever that is possible."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import formatdate

from django.conf import settings
from django.utils.translation import gettext as _

from inbox.models import Post

TIMEOUT_SECONDS = 20


@dataclass(frozen=True)
class HandOver:
    """How it ended: a state of Post, and the error in words."""

    state: str
    error: str = ""


def hand_over(post: Post, *, before_body: Callable[[], None]) -> HandOver:
    """Connect, name sender and recipient, then hand the body over; `before_body` is called in between.

    Before the body nothing has been sent: a fault there means "try again" (4xx, network) or "refused" (5xx).
    From the body on a lost connection means that nobody knows. There must be a mail server (settings.EMAIL_HOST).
    """
    try:
        recipient, mail = plain_address(post.to_address), build_mail(post).as_bytes()
    except (UnicodeError, ValueError):
        return HandOver(Post.State.FAILED, _("The mail server can't write to this address."))
    try:
        server = connect()
    except (smtplib.SMTPAuthenticationError, UnicodeError):
        return HandOver(Post.State.QUEUED, _("The mail server does not accept the user name or password."))
    except (smtplib.SMTPException, OSError) as error:
        return HandOver(Post.State.QUEUED, _("The mail server can't be reached: %(error)s") % {"error": error})
    try:
        return _transmit(server, recipient, mail, before_body)
    finally:
        server.close()


def plain_address(address: str) -> str:
    """The address as mail servers take it: a domain like münchen.example by its ASCII name. Raises UnicodeError."""
    local, at, domain = address.rpartition("@")
    return (local.encode("ascii") + at.encode() + domain.encode("idna")).decode()


def connect() -> smtplib.SMTP:
    """A session with the mail server, signed in. Raises smtplib.SMTPException, OSError."""
    context = ssl.create_default_context()
    if settings.EMAIL_USE_SSL:
        server: smtplib.SMTP = smtplib.SMTP_SSL(
            settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=TIMEOUT_SECONDS, context=context
        )
    else:
        server = smtplib.SMTP(settings.EMAIL_HOST, settings.EMAIL_PORT, timeout=TIMEOUT_SECONDS)
    server.ehlo()
    if settings.EMAIL_USE_TLS:
        server.starttls(context=context)
        server.ehlo()
    if settings.EMAIL_HOST_USER:
        server.login(settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD)
    return server


def _transmit(server: smtplib.SMTP, recipient: str, mail: bytes, before_body: Callable[[], None]) -> HandOver:
    try:
        code, answer = server.mail(settings.MAIL_SENDER)
        if code < 400:
            code, answer = server.rcpt(recipient)
        if code >= 400:
            return _refused(code, answer)
    except (smtplib.SMTPException, OSError) as error:
        return HandOver(Post.State.QUEUED, str(error))
    before_body()
    try:
        code, answer = server.data(mail)
    except smtplib.SMTPDataError as error:
        return _refused(error.smtp_code, error.smtp_error)
    except (smtplib.SMTPException, OSError) as error:
        return HandOver(
            Post.State.UNKNOWN, _("The connection broke during the hand-over: %(error)s") % {"error": error}
        )
    return HandOver(Post.State.SENT) if code == 250 else _refused(code, answer)


def _refused(code: int, answer: bytes | str) -> HandOver:
    """5xx is final, 4xx may be tried again."""
    words = answer.decode(errors="replace") if isinstance(answer, bytes) else answer
    state = Post.State.FAILED if code >= 500 else Post.State.QUEUED
    return HandOver(state, f"{code} {words}")


def build_mail(post: Post) -> EmailMessage:
    """The mail as it goes over the wire: plain text, where there is one with the page beside it; its message id was
    fixed before the first attempt."""
    mail = EmailMessage()
    mail["From"] = settings.DEFAULT_FROM_EMAIL
    mail["To"] = plain_address(post.to_address)
    mail["Subject"] = post.subject
    mail["Date"] = formatdate(post.created_at.timestamp())
    mail["Message-ID"] = post.mail_id
    for name, value in post.headers.items():
        mail[name] = value
    mail.set_content(post.body)
    if post.html:
        mail.add_alternative(post.html, subtype="html")
    return mail
