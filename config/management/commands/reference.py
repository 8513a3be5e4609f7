"""Writes docs/reference from the code."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from config.reference import stale_pages, write_pages

FOLDER = Path(settings.BASE_DIR) / "docs" / "reference"


class Command(BaseCommand):
    help = (
        "Write docs/reference from the code: settings, events, extension points, metrics, roles, commands and the API."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="write nothing; fail when a page is stale")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        if not options["check"]:
            write_pages(FOLDER)
        elif stale := stale_pages(FOLDER):
            raise CommandError(f"Stale: {', '.join(stale)}. Run: make reference")
