"""Creates the owner and the workspace without asking: for unattended starts."""

from __future__ import annotations

import os
from argparse import ArgumentParser
from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError

from crm.operations.workspace import AlreadySetUpError, set_up


class Command(BaseCommand):
    help = "Create the owner from --email and --password, or RAPPORT_OWNER_EMAIL and RAPPORT_OWNER_PASSWORD."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--email", default=os.environ.get("RAPPORT_OWNER_EMAIL", ""))
        parser.add_argument("--password", default=os.environ.get("RAPPORT_OWNER_PASSWORD", ""))
        parser.add_argument("--business", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["email"] or not options["password"]:
            raise CommandError("Give RAPPORT_OWNER_EMAIL and RAPPORT_OWNER_PASSWORD, or --email and --password.")
        try:
            owner = set_up(email=options["email"], password=options["password"], business=options["business"])
        except AlreadySetUpError:
            self.stdout.write("There is an owner already; nothing changed.")
        except ValidationError as error:
            raise CommandError(f"The owner's password was refused: {' '.join(error.messages)}") from error
        else:
            self.stdout.write(f"Owner created: {owner.email}")
