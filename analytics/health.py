"""How learning and the shipped text model are, for the health page and `manage.py doctor`."""

from __future__ import annotations

from datetime import timedelta
from functools import cache
from pathlib import Path

from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.cluster_words import cluster_problem, problem_words
from analytics.ml.artefact import ArtefactError
from analytics.ml.text.files import FOLDER, verify
from analytics.models import ModelVersion, TrainingRun
from analytics.queries.live import came_words, returned_words
from analytics.queries.under_way import is_stuck
from crm import formats
from crm.extensions import Health
from crm.models import Order

LATE = timedelta(days=3)
LATELY = timedelta(days=30)

Stamp = tuple[str, int, int]


def check_learning() -> Health:
    """Six queries at most."""
    open_run = TrainingRun.objects.filter(state__in=TrainingRun.OPEN).first()
    if open_run is not None and is_stuck(open_run):
        words = _("A training has got no further since %(when)s: is the worker for heavy tasks running?")
        return Health("warn", words % {"when": formats.moment_words(open_run.lease_until or open_run.created_at)})
    broken = ModelVersion.objects.filter(state=ModelVersion.State.BROKEN).order_by("-pk").first()
    last = TrainingRun.objects.exclude(state__in=TrainingRun.OPEN).order_by("-created_at").first()
    if last is not None and last.state != TrainingRun.State.DONE:
        return Health("warn", _("The last training did not come to its end: %(why)s") % {"why": last.message})
    if broken is not None and (last is None or broken.created_at > last.created_at):
        words = _("The files of “%(model)s” are damaged; the model before it is in use. Start a training.")
        return Health("warn", words % {"model": broken})
    if last is None:
        return _never()
    return _in_time(last)


def _in_time(last: TrainingRun) -> Health:
    """The last training came to its end: was it not long ago, and are the models in use right?"""
    wrong = _wrong_words() or _cluster_words(last)
    if wrong:
        return Health("warn", wrong)
    when = formats.ago_words(last.created_at)
    if timezone.now() - last.created_at > LATE:
        return Health(
            "warn", _("The last training was %(when)s. It runs every night: see the schedules.") % {"when": when}
        )
    return Health("good", _("The last training was %(when)s.") % {"when": when})


def _wrong_words() -> str:
    """A model that was sent back lately, or that is wrong and frozen, or whose facts have moved."""
    lately = ModelVersion.objects.filter(returned_at__gte=timezone.now() - LATELY).order_by("-returned_at").first()
    if lately is not None:
        return _("“%(model)s” is no longer in use: %(why)s") % {"model": lately, "why": returned_words(lately)}
    for version in ModelVersion.objects.filter(state=ModelVersion.State.CHAMPION).order_by("task"):
        if version.frozen_at is not None and version.live.get("word") == "bad":
            words = _("“%(model)s” is wrong too often and frozen: %(why)s")
            return words % {"model": version, "why": came_words(version)}
    return ""


def _cluster_words(last: TrainingRun) -> str:
    """All was learned, but on this machine alone."""
    problem = cluster_problem(last.report)
    if problem is None:
        return ""
    words = _("The last training was done on this machine alone, since the cluster did not help: %(why)s.")
    return words % {"why": problem_words(problem)}


def _never() -> Health:
    if Order.objects.exists():
        return Health("good", _("Nothing has been learned yet; this happens tonight."))
    return Health("good", _("There are no orders to learn from yet."))


def check_text_model(folder: Path = FOLDER) -> Health:
    """Hashes the text model's files when one of them was written anew; nothing is loaded."""
    problem = _problem(folder, _stamps(folder))
    if problem:
        words = _("Messages get no mood or language: %(problem)s. All else works.")
        return Health("warn", words % {"problem": problem})
    return Health("good", _("The model that reads mood and language is whole."))


def _stamps(folder: Path) -> tuple[Stamp, ...]:
    """Name, size and time of each file: what is unchanged needs no new hash."""
    found = [(path.name, path.stat()) for path in sorted(folder.glob("*"))]
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)


@cache
def _problem(folder: Path, _stamps: tuple[Stamp, ...]) -> str:
    try:
        verify(folder)
    except ArtefactError as error:
        return str(error)
    return ""
