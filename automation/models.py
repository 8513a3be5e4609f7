"""What we do about it: flows and their runs, step by step, and what colleagues are told."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Event, OfPersonQuerySet, Person, User


class Flow(models.Model):
    """An automation under a name; what it does stands in its versions. `key` marks those that we ship."""

    key = models.CharField(max_length=60, unique=True, null=True, editable=False)
    name = models.CharField(_("name"), max_length=150)
    is_on = models.BooleanField(_("switched on"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("automation")
        verbose_name_plural = _("automations")

    def __str__(self) -> str:
        return self.name


class FlowVersion(models.Model):
    """What a flow does, as data: {"trigger": {"event", "with"}, "where": <filter>, "steps": [{"key", "action", …}]}.

    Never changed once published: running people finish on the version they began with.
    """

    flow = models.ForeignKey(Flow, models.CASCADE, related_name="versions")
    number = models.PositiveIntegerField(_("version"), default=1)
    graph: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField()
    published_at = models.DateTimeField(_("published"), null=True)

    class Meta:
        verbose_name = _("version of an automation")
        verbose_name_plural = _("versions of automations")
        constraints = [models.UniqueConstraint(fields=["flow", "number"], name="flow_version_once")]

    def __str__(self) -> str:
        return f"{self.flow} {self.number}"


class RunQuerySet(OfPersonQuerySet["Run"]):
    def in_scope(self, user: User) -> Q:
        return super().in_scope(user) & Q(person__isnull=False)


class Run(models.Model):
    """One person going through one flow because of one event. `due_at` is when to go on, and the worker's lease."""

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")
        STOPPED = "stopped", _("Stopped")

    version = models.ForeignKey(FlowVersion, models.CASCADE, related_name="runs")
    flow = models.ForeignKey(Flow, models.CASCADE, related_name="runs")
    event = models.ForeignKey(Event, models.CASCADE, related_name="+")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RUNNING)
    attempts = models.PositiveSmallIntegerField(default=0)
    error = models.TextField(_("error"), blank=True)
    due_at = models.DateTimeField(default=timezone.now, null=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        constraints = [models.UniqueConstraint(fields=["flow", "event"], name="run_once")]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="run_due"),
            models.Index(fields=["flow", "-started_at"], name="run_of_flow"),
        ]

    def __str__(self) -> str:
        return f"{self.flow} {self.person}"


class StepRun(models.Model):
    """What one step did, written in the same transaction as its effect: a step that is here is never repeated."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="steps")
    step = models.CharField(max_length=40)
    action = models.CharField(max_length=40)
    output: models.JSONField[dict[str, Any], dict[str, Any]] = models.JSONField(default=dict)
    milliseconds = models.PositiveIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("step of a run")
        verbose_name_plural = _("steps of a run")
        constraints = [models.UniqueConstraint(fields=["run", "step"], name="step_once")]

    def __str__(self) -> str:
        return f"{self.step}: {self.action}"


class Notification(models.Model):
    """One thing that a colleague is told, with the page to go to."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="notifications")
    title = models.CharField(max_length=255)
    icon = models.CharField(max_length=40, default="bell")
    person = models.ForeignKey(Person, models.CASCADE, null=True, related_name="+")
    url = models.CharField(max_length=200, blank=True)
    once_key = models.CharField(max_length=150, unique=True)
    created_at = models.DateTimeField(default=timezone.now)
    read_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("notification")
        verbose_name_plural = _("notifications")
        indexes = [models.Index(fields=["user", "-created_at"], name="notification_of_user")]

    def __str__(self) -> str:
        return self.title
