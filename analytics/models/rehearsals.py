"""What the model in use would have said on its last hold-out, beside what came: for comparing groups of people."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models import Deal, OfPersonQuerySet, Person
from crm.models.deals import OfDealQuerySet

from .lifecycle import ModelVersion


class Rehearsal(models.Model):
    """One person of a hold-out: `predicted` by a model that knew nothing of what came, and `actual`.

    Chances and 0 or 1 for risks, money for values. Only the version in use keeps them.
    """

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="rehearsals")
    person = models.ForeignKey(Person, models.CASCADE, related_name="+")
    predicted = models.FloatField()
    actual = models.FloatField()

    objects = OfPersonQuerySet.as_manager()

    class Meta:
        verbose_name = _("rehearsal")
        verbose_name_plural = _("rehearsals")
        constraints = [models.UniqueConstraint(fields=["version", "person"], name="rehearsal_once")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.person_id}"


class DealRehearsal(models.Model):
    """One deal of a hold-out, looked at on one day of its life: the chance that was said, and 1 if it was won."""

    version = models.ForeignKey(ModelVersion, models.CASCADE, related_name="deal_rehearsals")
    deal = models.ForeignKey(Deal, models.CASCADE, related_name="+")
    predicted = models.FloatField()
    actual = models.FloatField()

    objects = OfDealQuerySet.as_manager()

    class Meta:
        verbose_name = _("rehearsal of a deal")
        verbose_name_plural = _("rehearsals of deals")
        constraints = [models.UniqueConstraint(fields=["version", "deal"], name="deal_rehearsal_once")]

    def __str__(self) -> str:
        return f"{self.version_id} {self.deal_id}"
