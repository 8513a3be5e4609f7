"""Ways in which messages come."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Channel(models.Model):
    """One way in which messages come: a web form, the API, a mailbox. `slug` is its public address."""

    class Kind(models.TextChoices):
        FORM = "form", _("Web form")
        API = "api", _("API")

    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    name = models.CharField(_("name"), max_length=100)
    slug = models.SlugField(_("public address"), max_length=60, unique=True)
    team = models.ForeignKey("crm.Team", models.SET_NULL, null=True, blank=True, verbose_name=_("team"))
    greeting = models.TextField(_("greeting on the form"), blank=True)
    is_active = models.BooleanField(_("open"), default=True)
    asks_rating = models.BooleanField(
        _("ask how it went"),
        default=False,
        help_text=_("Customers get a short mail when their conversation is closed."),
    )

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")

    def __str__(self) -> str:
        return self.name
