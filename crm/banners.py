"""The banners that the crm room itself puts above every page."""

from __future__ import annotations

from datetime import timedelta
from time import monotonic

from django.conf import settings
from django.db import connection
from django.utils import timezone
from django.utils.translation import gettext as _

from .access import Can, allows
from .addresses import address
from .demo import SOURCE
from .extensions import Banner, BannerSource
from .models import User

SILENCE = timedelta(minutes=5)
# One worker does the heavy tasks, one at a time: while it learns it is not silent, as long as a task may take.
HEAVY_SILENCE = timedelta(seconds=settings.CELERY_TASK_TIME_LIMIT) + SILENCE
WARM_UP = 120.0  # seconds in which processes that start together with this one may give their first sign
STARTED = monotonic()
# The condition on the id is that of the index on sources.
STATE = """
    SELECT EXISTS (SELECT 1 FROM crm_person WHERE source = %s AND NOT external_id = ''),
           EXISTS (SELECT 1 FROM crm_heartbeat WHERE seen_at < %s AND (NOT name = 'heavy' OR seen_at < %s))
"""


def own_banners(user: User) -> list[Banner]:
    """Whether the figures are made up and whether work stands still: in one query ready made, since every page asks."""
    with connection.cursor() as cursor:
        since = [connection.ops.adapt_datetimefield_value(timezone.now() - gap) for gap in (SILENCE, HEAVY_SILENCE)]
        cursor.execute(STATE, [SOURCE, *since])
        is_demo_in, is_silent = cursor.fetchone()
    has_warmed_up = monotonic() - STARTED > WARM_UP
    return [*([_demo(user)] if is_demo_in else []), *([_silence()] if is_silent and has_warmed_up else [])]


def _demo(user: User) -> Banner:
    """Everybody sees that the figures are not real; who sets up can take the demo out."""
    words = _("Demo data: these people and figures are made up.")
    if not allows(user, Can.SET_UP):
        return Banner(words, "sparkles", "info")
    return Banner(words, "sparkles", "info", address("crm:demo"), _("Remove them"))


def _silence() -> Banner:
    """A process that once gave signs of life is silent: imports, mails and scores wait."""
    return Banner(_("Work in the background stands still: imports, mails and scores wait. Tell whoever runs Rapport."))


SOURCES = (BannerSource("state", own_banners),)
