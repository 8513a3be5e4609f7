"""`manage.py evaluate TASK --data FILE`: the product's models on any file, without a database."""

import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.translation import gettext as _


class Command(BaseCommand):
    """Leaves everything to `analytics.ml.evaluate`, which knows nothing of Django."""

    help = _("Measure the models beside simple baselines on a file of transactions or texts.")
    requires_system_checks = ()
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The options of the core's own command line."""
        from analytics.ml.evaluate import add_arguments

        add_arguments(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        """Evaluate; exit status 2 when the file or an option can't be used."""
        from analytics.ml.evaluate import run

        status = run(options, self.stdout.write, self.stderr.write)
        if status:
            sys.exit(status)
