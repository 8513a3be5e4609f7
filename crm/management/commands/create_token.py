"""Makes an API token for a user and prints its secret once."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.models import ApiToken, User
from crm.operations.tokens import create_token


class Command(BaseCommand):
    help = "Make a token for the API. Its secret is printed once and kept nowhere."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email", help="the user as whom the program acts")
        parser.add_argument("--name", default="API", help="what the token is for")
        parser.add_argument("--scope", choices=ApiToken.Scope.values, default=ApiToken.Scope.READ)
        parser.add_argument("--days", type=int, default=90, help="how long it lives (1–365)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower(), is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {options['email']}.")
        try:
            _token, secret = create_token(user=user, name=options["name"], scope=options["scope"], days=options["days"])
        except ValueError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(secret)
