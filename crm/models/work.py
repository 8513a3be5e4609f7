"""What is to be done and what was noted: tasks, notes and saved views."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from .deals import Deal
from .people import Company, Person
from .users import Scope, User
from .visibility import LinkedQuerySet


class Linked(models.Model):
    """A row that stands at a person, a company or a deal."""

    person = models.ForeignKey(Person, models.CASCADE, null=True, blank=True, related_name="%(class)ss")
    company = models.ForeignKey(Company, models.CASCADE, null=True, blank=True, related_name="%(class)ss")
    deal = models.ForeignKey(Deal, models.CASCADE, null=True, blank=True, related_name="%(class)ss")

    class Meta:
        abstract = True


class TaskQuerySet(LinkedQuerySet["Task"]):
    def in_scope(self, user: User) -> Q:
        """A task is its owner's and its maker's; with team scope also what team mates and linked records hold."""
        mine = Q(owner=user) | Q(created_by=user)
        if user.scope == Scope.OWN:
            return mine
        return mine | Q(owner__in=user.team_mate_ids) | super().in_scope(user)

    def open(self) -> TaskQuerySet:
        return self.filter(done_at=None)


class Task(Linked):
    title = models.CharField(_("title"), max_length=200)
    notes = models.TextField(_("notes"), blank=True)
    due_on = models.DateField(_("due"), null=True, blank=True)
    remind_at = models.DateTimeField(_("remind at"), null=True, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, blank=True, related_name="tasks", verbose_name=_("owner")
    )
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    done_at = models.DateTimeField(_("done"), null=True, blank=True)
    once_key = models.CharField(max_length=120, null=True, unique=True, editable=False)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        indexes = [
            models.Index(fields=["owner", "due_on", "id"], condition=Q(done_at=None), name="task_open_of_owner"),
            models.Index(fields=["due_on", "id"], condition=Q(done_at=None), name="task_open_by_due"),
            models.Index(fields=["-done_at", "-id"], condition=Q(done_at__isnull=False), name="task_by_done"),
        ]

    def __str__(self) -> str:
        return self.title


class Note(Linked):
    body = models.TextField(_("note"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    is_pinned = models.BooleanField(_("pinned"), default=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = LinkedQuerySet.as_manager()

    class Meta:
        verbose_name = _("note")
        verbose_name_plural = _("notes")

    def __str__(self) -> str:
        return self.body[:80]


class SavedView(models.Model):
    """A list with its filter, columns and order under a name; private to its owner or shared with all."""

    target = models.CharField(max_length=20)
    name = models.CharField(_("name"), max_length=100)
    filter = models.JSONField(default=dict, blank=True)
    columns = models.JSONField(default=list, blank=True)
    sort = models.CharField(max_length=60, blank=True)
    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    is_shared = models.BooleanField(_("shared with everybody"), default=False)

    class Meta:
        verbose_name = _("saved view")
        verbose_name_plural = _("saved views")
        constraints = [models.UniqueConstraint(fields=["target", "owner", "name"], name="saved_view_once")]

    def __str__(self) -> str:
        return self.name
