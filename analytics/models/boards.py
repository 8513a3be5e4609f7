"""Dashboards: which numbers and reports somebody looks at together, in which order and how wide."""

from __future__ import annotations

from typing import Any, ClassVar

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import Role, User

EVERYBODY = "all"
MOST_TILES = 24
WIDEST = 4


class TileKind(models.TextChoices):
    NUMBER = "number", _("Number")
    REPORT = "report", _("Report")
    READY = "ready", _("Ready-made report")
    BLOCK = "block", _("Block")


class BoardQuerySet(models.QuerySet["Board"]):
    def visible_to(self, user: User) -> BoardQuerySet:
        """The reader's own and those shared with all or with their role; what the tiles show is the reader's own."""
        if not user.is_active:
            return self.none()
        return self.filter(Q(owner=user) | Q(shared_with__in=[EVERYBODY, user.role]))


class Board(models.Model):
    """A dashboard. Its owner arranges it; colleagues with whom it is shared look at it and may copy it.

    `ready` is the ready-made one that it was made of. `narrowing` is how it opens: period, owner and filters, as
    `analytics.queries.boards.narrowing` reads them. `version` rises with every change of name, order or tiles.
    """

    SHARED: ClassVar[list[Any]] = [("", _("Only you")), (EVERYBODY, _("Everybody")), *Role.choices]

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="boards", verbose_name=_("owner"))
    name = models.CharField(_("name"), max_length=100)
    shared_with = models.CharField(_("shared with"), max_length=20, choices=SHARED, blank=True)
    ready = models.CharField(max_length=40, blank=True, editable=False)
    narrowing = models.JSONField(default=dict, blank=True, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = BoardQuerySet.as_manager()

    class Meta:
        verbose_name = _("dashboard")
        verbose_name_plural = _("dashboards")
        constraints = [
            models.UniqueConstraint(fields=["owner", "name"], name="board_once"),
            models.UniqueConstraint(fields=["owner", "ready"], condition=~Q(ready=""), name="board_of_ready_once"),
        ]

    def __str__(self) -> str:
        return self.name

    def is_seen_by(self, role: str) -> bool:
        """Whether everybody of this role sees it."""
        return self.shared_with in (EVERYBODY, role)


class BoardTile(models.Model):
    """One tile. `key` names the metric, the report by its id, the ready-made report or the block.

    A report that is deleted leaves its tile: the page says so, and when the report is put back it shows again.
    """

    board = models.ForeignKey(Board, models.CASCADE, related_name="tiles")
    kind = models.CharField(_("kind"), max_length=10, choices=TileKind)
    key = models.CharField(max_length=60)
    width = models.PositiveSmallIntegerField(
        _("width"), default=1, validators=[MinValueValidator(1), MaxValueValidator(WIDEST)]
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    class Meta:
        verbose_name = _("tile")
        verbose_name_plural = _("tiles")
        constraints = [
            models.UniqueConstraint(fields=["board", "kind", "key"], name="board_tile_once"),
            models.CheckConstraint(condition=Q(width__gte=1, width__lte=WIDEST), name="board_tile_width"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class FirstBoard(models.Model):
    """Which dashboard a user chose to open first: one of the rows, or a ready-made one by its key."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="+")
    board = models.ForeignKey(Board, models.CASCADE, null=True, related_name="+")
    ready = models.CharField(max_length=40, blank=True)

    def __str__(self) -> str:
        return f"{self.user_id}: {self.board_id or self.ready}"


class RoleBoard(models.Model):
    """Which dashboard a manager lets open first for a role: one of the rows, or a ready-made one by its key.

    Whoever chose one themselves (`FirstBoard`) keeps it. Where the dashboard is no longer shared with the role, its
    ready-made one opens as before.
    """

    role = models.CharField(_("role"), max_length=20, choices=Role.choices, primary_key=True)
    board = models.ForeignKey(
        Board, models.CASCADE, null=True, blank=True, related_name="first_for", verbose_name=_("dashboard")
    )
    ready = models.CharField(max_length=40, blank=True)
    chosen_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("chosen by"),
    )
    chosen_at = models.DateTimeField(_("chosen"), auto_now=True)

    class Meta:
        verbose_name = _("first dashboard of a role")
        verbose_name_plural = _("first dashboards of roles")

    def __str__(self) -> str:
        return str(self.get_role_display())
