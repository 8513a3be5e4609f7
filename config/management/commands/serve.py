"""Starts everything on this machine."""

from typing import Any

from django.core.management.base import BaseCommand


class Command(BaseCommand):
    help = "Run Rapport: the web server, the workers and the scheduler, under one supervisor. Ctrl-C stops it."
    requires_system_checks = []

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        from config.serve import serve

        serve()
