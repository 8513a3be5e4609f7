"""The banners that the crm room itself puts above every page."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

from django.utils import timezone
from django.utils.translation import gettext as _

from .access import Can, allows
from .addresses import address
from .demo import is_demo_in
from .extensions import Banner, BannerSource
from .models import Heartbeat, User

SILENCE = timedelta(minutes=5)
WARM_UP = 120.0  # seconds in which processes that start together with this one may give their first sign
STARTED = monotonic()


def demo_banner(user: User) -> Banner | None:
    """Everybody sees that the figures are not real; who sets up can take the demo out."""
    if not is_demo_in():
        return None
    words = _("Demo data: these people and figures are made up.")
    if not allows(user, Can.SET_UP):
        return Banner(words, "sparkles", "info")
    return Banner(words, "sparkles", "info", address("crm:demo"), _("Remove them"))


def silence_banner(user: User) -> Banner | None:
    """A process that once gave signs of life and has not for five minutes: imports, mails and scores wait."""
    if monotonic() - STARTED < WARM_UP:
        return None
    if not Heartbeat.objects.filter(seen_at__lt=timezone.now() - SILENCE).exists():
        return None
    return Banner(_("Work in the background stands still: imports, mails and scores wait. Tell whoever runs Rapport."))


SOURCES = (BannerSource("demo", demo_banner), BannerSource("silence", silence_banner))
