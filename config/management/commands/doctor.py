"""Says what is wrong and what to do."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from config.health import examine, worst
from config.views import as_json

MARKS = {"good": "ok  ", "warn": "warn", "bad": "BAD "}


class Command(BaseCommand):
    help = "Look at the running system and say what is wrong and what to do. Exit code 1 when something is bad."
    requires_system_checks = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *_arguments: Any, **options: Any) -> None:
        findings = examine()
        state = worst(findings)
        if options["json"]:
            answer = {"status": state, "checks": [as_json(finding) for finding in findings]}
            self.stdout.write(json.dumps(answer, indent=2))
        else:
            for finding in findings:
                self.stdout.write(f"{MARKS[finding.health.state]}  {finding.label}: {finding.health.words}")
        if state == "bad":
            raise SystemExit(1)
