"""Registers the crm room with Django."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CrmConfig(AppConfig):
    name = "crm"
    verbose_name = _("Customers")

    def ready(self) -> None:
        from . import audit, registrations

        registrations.register()
        audit.register()
