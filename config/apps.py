"""Puts the Celery application and the health checks in place when Django starts."""

from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _

# What the admin calls the tables of libraries.
NAMES = {"auditlog": _("Watching"), "axes": _("Watching"), "django_celery_beat": _("Doing")}


class RapportConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import celery, health  # noqa: F401

        health.register()
        for label, name in NAMES.items():
            apps.get_app_config(label).verbose_name = name
