"""`manage.py export_training FILE`: customers' numbers and what became of them, with nobody to be found in it."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from analytics.ml.anonymity import AnonymityError
from analytics.operations.training_export import export_training

FEWEST, MOST = 2, 1000


class Command(BaseCommand):
    help = "Write an anonymised table to learn from: behind each combination of numbers stand at least K customers."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help="the CSV file to write; it must not be there yet")
        parser.add_argument("--k", type=int, default=10, help=f"how many look alike at least ({FEWEST}–{MOST})")
        parser.add_argument("--horizon", type=int, default=90, help="days of which the outcome is told (14–365)")

    def handle(self, *args: Any, file: Path, k: int, horizon: int, **options: Any) -> None:
        if not FEWEST <= k <= MOST or not 14 <= horizon <= 365:
            raise CommandError(_("K goes from 2 to 1000, the horizon from 14 to 365 days."))
        if file.exists():
            raise CommandError(_("%(file)s is there already.") % {"file": file})
        try:
            made = export_training(path=file, k=k, horizon_days=horizon, actor=None)
        except (AnonymityError, OSError) as error:
            raise CommandError(str(error)) from error
        words = _("%(rows)s customers as of %(day)s; behind each combination of numbers stand at least %(group)s.")
        self.stdout.write(words % {"rows": made.rows, "day": made.as_of, "group": made.smallest_group})
