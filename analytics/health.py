"""How learning is, for the health page and `manage.py doctor`."""

from __future__ import annotations

from datetime import timedelta

from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.models import ModelVersion, TrainingRun
from crm import formats
from crm.extensions import Health
from crm.models import Order

LATE = timedelta(days=3)


def check_learning() -> Health:
    """Three queries."""
    broken = ModelVersion.objects.filter(state=ModelVersion.State.BROKEN).order_by("-pk").first()
    last = TrainingRun.objects.exclude(state__in=TrainingRun.OPEN).order_by("-created_at").first()
    if last is not None and last.state != TrainingRun.State.DONE:
        return Health("warn", _("The last training did not come to its end: %(why)s") % {"why": last.message})
    if broken is not None and (last is None or broken.created_at > last.created_at):
        words = _("The files of “%(model)s” are damaged; the model before it is in use. Start a training.")
        return Health("warn", words % {"model": broken})
    if last is None:
        return _never()
    when = formats.ago_words(last.created_at)
    if timezone.now() - last.created_at > LATE:
        return Health(
            "warn", _("The last training was %(when)s. It runs every night: see the schedules.") % {"when": when}
        )
    return Health("good", _("The last training was %(when)s.") % {"when": when})


def _never() -> Health:
    if Order.objects.exists():
        return Health("good", _("Nothing has been learned yet; this happens tonight."))
    return Health("good", _("There are no orders to learn from yet."))
