"""Puts the Celery application in place when Django starts."""

from django.apps import AppConfig


class RapportConfig(AppConfig):
    name = "config"

    def ready(self) -> None:
        from config import celery  # noqa: F401
