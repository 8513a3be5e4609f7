"""Registers the analytics room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AnalyticsConfig(AppConfig):
    name = "analytics"
    verbose_name = _("Insights")

    def ready(self) -> None:
        from auditlog.registry import auditlog

        from . import registrations
        from .models import FieldRuling, RoleBoard

        registrations.register()
        for model in (FieldRuling, RoleBoard):
            auditlog.register(model)
