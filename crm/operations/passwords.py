"""Letters with a link to a new password: a worker writes them, so that no answer's time tells who has an account."""

from __future__ import annotations

import structlog
from celery import current_app
from django.conf import settings
from django.contrib.auth.forms import PasswordResetForm
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from kombu.exceptions import OperationalError as BrokerDown

from crm.models import User

log = structlog.get_logger(__name__)

NOBODY = 0
SUBJECT, BODY = "crm/mail/password_reset_subject.txt", "crm/mail/password_reset.txt"


def ask_for_letter(*, email: str, language: str) -> None:
    """Have the letter written to whoever signs in with this address, in this language; for others to nobody.

    Without a queue it is written at once.
    """
    user = next(iter(PasswordResetForm().get_users(email)), None)
    user_id = user.pk if user else NOBODY
    try:
        current_app.send_task("crm.send_password_letter", kwargs={"user_id": user_id, "language": language})
    except (BrokerDown, OSError):
        log.warning("broker_down")
        send_letter(user_id=user_id, language=language)


def send_letter(*, user_id: int, language: str) -> bool:
    """Write to this user; False where nobody may sign in. Raises OSError when no mail server answers."""
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        return False
    context = {
        "user": user,
        "uid": urlsafe_base64_encode(force_bytes(user.pk)),
        "token": default_token_generator.make_token(user),
        "site_url": settings.SITE_URL,  # never the host that a request names
    }
    with translation.override(language):
        subject = " ".join(render_to_string(SUBJECT, context).split())
        send_mail(subject, render_to_string(BODY, context), None, [user.email])
    return True
