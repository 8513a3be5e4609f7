"""Who works here: users, their roles, how far they see, and their teams."""

from __future__ import annotations

from functools import cached_property
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Role(models.TextChoices):
    OWNER = "owner", pgettext_lazy("role", "Owner")
    MANAGER = "manager", _("Manager")
    SALES = "sales", _("Sales")
    SUPPORT = "support", _("Support")
    MARKETING = "marketing", _("Marketing")
    READONLY = "readonly", _("Read-only")


class Scope(models.TextChoices):
    OWN = "own", _("Own records")
    TEAM = "team", _("Records of the team")
    ALL = "all", _("All records")


class Theme(models.TextChoices):
    SYSTEM = "system", _("Like the device")
    LIGHT = "light", _("Light")
    DARK = "dark", _("Dark")


class DigestRhythm(models.TextChoices):
    """How often somebody gets a letter of what changed."""

    OFF = "off", _("Never")
    DAILY = "daily", _("Every morning")
    WEEKLY = "weekly", _("On Monday mornings")


class Team(models.Model):
    name = models.CharField(_("name"), max_length=100, unique=True)

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.name


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> User:
        user = self.model(email=email.strip().lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> User:
        return self.create_user(email, password, **{"role": Role.OWNER, "is_superuser": True, **fields})

    def get_by_natural_key(self, username: str | None) -> User:
        """Addresses are stored in lower case, so that sign-in does not depend on how they are typed."""
        return self.get(email=(username or "").strip().lower())


class User(AbstractBaseUser, PermissionsMixin):
    """A colleague. Signs in by e-mail; the role says what they may do, the scope how far they see."""

    email = models.EmailField(_("e-mail"), unique=True)
    name = models.CharField(_("name"), max_length=150, blank=True)
    role = models.CharField(_("role"), max_length=20, choices=Role, default=Role.SALES)
    scope = models.CharField(_("sees"), max_length=10, choices=Scope, default=Scope.ALL)
    teams = models.ManyToManyField(Team, verbose_name=_("teams"), blank=True, related_name="members")
    language = models.CharField(_("language"), max_length=10, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=50, blank=True)
    theme = models.CharField(_("colours"), max_length=10, choices=Theme, default=Theme.SYSTEM)
    digest = models.CharField(
        _("letter of what changed"), max_length=10, choices=DigestRhythm, default=DigestRhythm.WEEKLY
    )
    has_single_key_shortcuts = models.BooleanField(_("single-key shortcuts"), default=True)
    is_active = models.BooleanField(_("active"), default=True)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        """What the admin writes above the e-mail: the name, or the role of somebody without one."""
        return self.name or self.get_role_display()

    @property
    def is_staff(self) -> bool:
        """Owners and managers work in the admin; nobody else can open it."""
        return self.role in (Role.OWNER, Role.MANAGER)

    @cached_property
    def team_ids(self) -> list[int]:
        return list(self.teams.values_list("pk", flat=True))

    @cached_property
    def team_mate_ids(self) -> list[int]:
        return list(User.objects.filter(teams__in=self.team_ids).values_list("pk", flat=True).distinct())
