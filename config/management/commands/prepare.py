"""Brings the database up to date before the processes start."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError


class Command(BaseCommand):
    help = "Migrate the database, install the schedules and create the owner named in the environment."

    def handle(self, *_arguments: Any, **_options: Any) -> None:
        from config.preparation import prepare

        facts = prepare()
        if facts["problem"]:
            raise CommandError(facts["problem"])
        self.stdout.write("The database is up to date.")
