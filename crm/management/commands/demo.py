"""Puts the demo business in, or takes it out again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from crm.demo import make_demo, remove_demo
from crm.demo.shop import is_demo_in


class Command(BaseCommand):
    help = "Put the demo business in (a fictional shop), or take exactly it out again with --remove."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--remove", action="store_true", help="take the demo business out again")
        parser.add_argument("--people", type=int, default=2000, help="how many customers (default 2000)")
        parser.add_argument("--seed", type=int, default=7, help="another seed makes another shop")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["remove"]:
            self.stdout.write(f"{remove_demo()} people of the demo business removed.")
        elif is_demo_in():
            self.stdout.write("The demo business is in already; `manage.py demo --remove` takes it out.")
        else:
            make_demo(people=options["people"], seed=options["seed"], say=self.stdout.write)
            self.stdout.write("The demo business is in.")
