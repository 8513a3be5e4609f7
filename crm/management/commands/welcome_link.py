"""Prints the address with the key that opens the first-run page from another machine."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand
from django.urls import reverse

from crm.first_run import setup_key
from crm.operations.workspace import is_set_up


class Command(BaseCommand):
    help = "Print the link that opens the first-run page from another machine."

    def handle(self, *args: Any, **options: Any) -> None:
        if is_set_up():
            self.stdout.write("Rapport is set up already: sign in.")
        else:
            self.stdout.write(f"{settings.SITE_URL}{reverse('crm:welcome')}?key={setup_key()}")
