"""Compiles the catalogues of locale/."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.messages import compile_messages


class Command(BaseCommand):
    help = "Compile the translations in locale/ (it needs no gettext tools; `serve` does it by itself)."
    requires_system_checks = []

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        for path in compile_messages(Path(settings.BASE_DIR) / "locale"):
            self.stdout.write(str(path.relative_to(settings.BASE_DIR)))
