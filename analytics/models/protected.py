"""What managers decided about fields that say what people must not be judged by."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from crm.models import CustomField


class FieldRuling(models.Model):
    """A manager's word on one own field; without one its name and its choices decide.

    `is_allowed`: predictions may read it although it is protected, for the reason `why`. Otherwise they must not,
    although nothing in its name says so.
    """

    field = models.OneToOneField(CustomField, models.CASCADE, related_name="+", verbose_name=_("own field"))
    is_allowed = models.BooleanField(_("used all the same"))
    why = models.CharField(_("reason"), max_length=500, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("by"))
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("ruling on a field")
        verbose_name_plural = _("rulings on fields")

    def __str__(self) -> str:
        return str(self.field)
