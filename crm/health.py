"""How the customer records' own background work is, for the health page and `manage.py doctor`."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from .extensions import Health
from .models import ImportJob
from .queries.erased import lost_count

STUCK = timedelta(minutes=5)  # ten leases: sweep and workers had their turns
FRESH = timedelta(days=1)
AT_WORK = (ImportJob.State.QUEUED, ImportJob.State.RUNNING, ImportJob.State.UNDOING)


def check_imports() -> Health:
    """Two queries."""
    now = timezone.now()
    stuck = ImportJob.objects.filter(state__in=AT_WORK, lease_until__lt=now - STUCK).count()
    if stuck:
        words = ngettext(
            "%(number)d import stands still. Look whether the worker for heavy tasks runs.",
            "%(number)d imports stand still. Look whether the worker for heavy tasks runs.",
            stuck,
        )
        return Health("bad", words % {"number": stuck}, {"stuck": stuck})
    fault = ImportJob.objects.filter(state=ImportJob.State.FAILED, created_at__gte=now - FRESH).order_by("-pk").first()
    if fault is not None:
        words = _("The import of %(file)s was stopped: %(why)s")
        return Health("warn", words % {"file": fault.file_name, "why": fault.error or _("a fault")})
    return Health("good", _("No import stands still."))


def check_erased() -> Health:
    """Whether those who were erased can still be kept from coming back. One query."""
    lost = lost_count()
    if lost:
        words = ngettext(
            "%(number)d person who was erased can't be recognised any more: the secret key has changed. Add the "
            "old key to RAPPORT_SECRET_KEY_FALLBACKS.",
            "%(number)d people who were erased can't be recognised any more: the secret key has changed. Add the "
            "old key to RAPPORT_SECRET_KEY_FALLBACKS.",
            lost,
        )
        return Health("warn", words % {"number": lost}, {"lost": lost})
    return Health("good", _("Nobody who was erased comes back."))
