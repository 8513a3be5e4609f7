"""How models come to be: the versions that were trained, and the runs that train them."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .task_names import WIN, task_label


class TrainingRun(models.Model):
    """One retraining: a job whose row is the queue of record. `slot` lets at most one be open at a time.

    `lease_until` is pushed on while a worker is alive; a run whose lease has passed was stopped and is taken up again.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("waiting")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        FAILED = "failed", _("failed")
        STOPPED = "stopped", _("stopped")

    OPEN = (State.QUEUED, State.RUNNING)

    task = models.CharField(_("what is learned"), max_length=20, default="all")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.QUEUED)
    slot = models.CharField(max_length=10, null=True, unique=True, default="open", editable=False)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+", verbose_name=_("asked by")
    )
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    lease_until = models.DateTimeField(null=True, editable=False)
    step = models.CharField(_("step"), max_length=40, blank=True)
    done_count = models.PositiveIntegerField(default=0)
    total_count = models.PositiveIntegerField(default=0)
    message = models.TextField(_("message"), blank=True)
    report = models.JSONField(_("report"), default=dict, blank=True)
    step_began: float | None = None  # on this machine's clock, for whoever works on it
    created_at = models.DateTimeField(_("asked for"), default=timezone.now, editable=False)
    started_at = models.DateTimeField(_("started"), null=True, blank=True)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("training run")
        verbose_name_plural = _("training runs")
        indexes = [models.Index(fields=["-created_at"], name="training_run_newest")]

    def __str__(self) -> str:
        return f"{self.task} {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class ModelVersion(models.Model):
    """One trained model. `folder` lies under DATA/models; `sha256` is of its contents, checked before every load.

    `live` is the last verdict on what it said beside what came, and `levels` what that taught: [[day, level], …], the
    last one in force. A version that was sent back has `returned_at`; a frozen one is not replaced by any night.
    """

    class State(models.TextChoices):
        CHAMPION = "champion", _("in use")
        CHALLENGER = "challenger", _("not in use")
        RETIRED = "retired", _("replaced")
        BROKEN = "broken", _("damaged")

    task = models.CharField(_("what it predicts"), max_length=20)
    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.CHALLENGER)
    folder = models.CharField(max_length=120)
    sha256 = models.CharField(max_length=64)
    card: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("card"), default=dict)
    run = models.ForeignKey(TrainingRun, models.SET_NULL, null=True, related_name="versions")
    created_at = models.DateTimeField(_("trained"), default=timezone.now)
    promoted_at = models.DateTimeField(_("in use since"), null=True, blank=True)
    promoted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    promoted_why = models.TextField(_("put in use because"), blank=True)
    frozen_at = models.DateTimeField(_("frozen"), null=True, blank=True)
    frozen_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="+")
    frozen_why = models.TextField(_("frozen because"), blank=True)
    returned_at = models.DateTimeField(_("sent back"), null=True, blank=True)
    live: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(_("since then"), default=dict)
    levels: models.JSONField[list[Any], list[Any]] = models.JSONField(_("levels"), default=list)

    class Meta:
        verbose_name = _("model version")
        verbose_name_plural = _("model versions")
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="model_version_once"),
            models.UniqueConstraint(fields=["task"], condition=Q(state="champion"), name="one_champion"),
        ]

    def __str__(self) -> str:
        return f"{task_label(self.task)} {self.number}"

    @property
    def level(self) -> float:
        """The level in force."""
        return float(self.levels[-1][1]) if self.levels else 0.0

    def level_on(self, day: str) -> float:
        """The level with which was said what the ledger holds as of this day (ISO): of deals as of the day on which it
        was said, of people as of the day after."""
        is_deal = self.task == WIN
        found = (float(level) for since, level in reversed(self.levels) if since < day or (is_deal and since == day))
        return next(found, 0.0)
