"""What is left of an erasing: that it was, and by which keyed hashes whoever was erased is not brought back."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Erasure(models.Model):
    """One person was erased. Nothing here tells who: only when, by whom, and how many ways they could be known again.

    `key_mark` says under which secret the digests were made. Once a manager has allowed the person back, the digests
    are gone and the reason stands here.
    """

    at = models.DateTimeField(_("erased"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    keys = models.PositiveIntegerField(_("known again by so many addresses, numbers and messages"), default=0)
    key_mark = models.CharField(max_length=12)
    lifted_at = models.DateTimeField(_("may come back since"), null=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    lift_reason = models.CharField(_("reason"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("erased person")
        verbose_name_plural = _("erased people")
        indexes = [models.Index(fields=["-at", "-id"], name="erasure_newest")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d}"


class ErasedKey(models.Model):
    """A keyed hash of one address, number or message of somebody who was erased."""

    erasure = models.ForeignKey(Erasure, models.CASCADE, related_name="digests")
    digest = models.CharField(max_length=64, db_index=True)

    class Meta:
        verbose_name = _("key of an erased person")
        verbose_name_plural = _("keys of erased people")
        constraints = [models.UniqueConstraint(fields=["erasure", "digest"], name="erased_key_once")]

    def __str__(self) -> str:
        return self.digest[:8]
