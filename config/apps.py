"""Puts the Celery application and the health checks in place when Django starts."""

from django.apps import AppConfig


class RapportConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import celery, health  # noqa: F401

        health.register()
