"""The business itself and the signs of life of its processes."""

from __future__ import annotations

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Workspace(models.Model):
    """The one business of this installation; the row is made on the first-run page."""

    name = models.CharField(_("name of the business"), max_length=150)
    currency = models.CharField(_("currency"), max_length=3, default="EUR")
    time_zone = models.CharField(_("time zone"), max_length=50, default="UTC")
    language = models.CharField(_("language"), max_length=10, default="en")
    country = models.CharField(_("country"), max_length=2, blank=True)
    gross_margin_percent = models.DecimalField(
        _("gross margin in percent"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("workspace")
        verbose_name_plural = _("workspace")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="one_workspace")]

    def __str__(self) -> str:
        return self.name


class Heartbeat(models.Model):
    """When a background process was last seen alive."""

    name = models.CharField(max_length=50, primary_key=True)
    seen_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.name} {self.seen_at:%H:%M:%S}"
