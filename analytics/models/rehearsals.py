"""What the model in use would have said on its last hold-out, beside what came: for comparing groups of people."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from crm.models import OfPersonQuerySet, Person

from .lifecycle import ModelVersion


class Rehearsal(models.Model):
    """One person of the hold-out: `predicted` by a model that knew nothing of what came, and `actual`.

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
