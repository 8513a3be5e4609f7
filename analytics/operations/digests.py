"""Sends each colleague the letter of what changed, in the morning of their own zone, once, and only with news in it."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from analytics.queries.digest import Digest, digest_of
from crm.models import DigestRhythm, User, Workspace
from crm.queries.zone import workspace_zone
from inbox.models import Post
from inbox.operations.posting import post_mail

MORNING = range(7, 13)  # hours: a machine that was off at seven writes later
MONDAY = 0


def send_digests(*, now: datetime | None = None) -> int:
    """Write the letters that are due now; returns how many. Without a mail server none: old news is no news."""
    if not settings.EMAIL_HOST:
        return 0
    now = now or timezone.now()
    readers = User.objects.filter(is_active=True).exclude(digest=DigestRhythm.OFF).order_by("pk")
    return sum(send_digest(user=user, now=now) for user in readers)


def send_digest(*, user: User, now: datetime) -> bool:
    """Write one letter, if it is due and has something to say; the same day writes none twice."""
    local = now.astimezone(zone_of(user))
    if local.hour not in MORNING or (user.digest == DigestRhythm.WEEKLY and local.weekday() != MONDAY):
        return False
    key = f"digest:{user.pk}:{user.digest}:{local.date()}"
    if Post.objects.filter(once_key=key).exists():
        return False
    workspace = Workspace.objects.first() or Workspace(name="Rapport")
    with override(user.language or workspace.language), timezone.override(local.tzinfo):
        digest = digest_of(user, user.digest, local)
        if digest.is_empty:
            return False
        context = letter_context(user, digest, workspace.name)
        post_mail(
            once_key=key, to=user.email, subject=subject_of(digest, workspace.name),
            body=render_to_string("analytics/mail/digest.txt", context).strip() + "\n",
            html=render_to_string("analytics/mail/digest.html", context),
            headers={"Auto-Submitted": "auto-generated", "List-Unsubscribe": f"<{context['settings_url']}>"},
        )  # fmt: skip
    return True


def letter_context(user: User, digest: Digest, business: str) -> dict[str, object]:
    """All that the templates of the letter use."""
    return {
        "digest": digest,
        "name": user.name,
        "business": business,
        "site": settings.SITE_URL,
        "settings_url": f"{settings.SITE_URL}{reverse('crm:profile')}",
    }


def subject_of(digest: Digest, business: str) -> str:
    """What the letter is about, without the name of any customer: subjects are read over shoulders."""
    week, day = _("Your week at %(business)s, %(days)s"), _("Yesterday at %(business)s, %(days)s")
    return " ".join(((week if digest.is_weekly else day) % {"business": business, "days": digest.days}).split())


def zone_of(user: User) -> ZoneInfo:
    return ZoneInfo(user.time_zone) if user.time_zone else workspace_zone()
