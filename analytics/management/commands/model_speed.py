"""`manage.py model_speed`: size, time to load and time of an answer of each network, shipped and trained here."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand

from analytics.loading import folder_of
from analytics.ml.artefact import NETWORK as TRAINED
from analytics.ml.artefact import ArtefactError
from analytics.ml.speed import ROUNDS, Speed, shipped_speeds, trained_speed
from analytics.models import ModelVersion


class Command(BaseCommand):
    help = "Measure each network on this machine: its size, its load time, one answer and many."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--rounds", type=int, default=ROUNDS, help="single answers to measure")
        parser.add_argument("--json", action="store_true", help="end with one JSON object")

    def handle(self, *args: Any, rounds: int, **options: Any) -> None:
        rounds = max(1, rounds)
        found = [*shipped_speeds(rounds=rounds)]
        for version in ModelVersion.objects.filter(state=ModelVersion.State.CHAMPION).order_by("task"):
            if not (folder_of(version) / TRAINED).exists():
                continue  # topics and recommendations are no networks
            try:
                found.append(trained_speed(version.task, folder_of(version), rounds=rounds))
            except ArtefactError as error:
                self.stderr.write(str(error))
        if options["json"]:
            self.stdout.write(json.dumps({"models": [asdict(speed) for speed in found]}))
        else:
            self.stdout.write("\n".join(map(line, found)))


def line(speed: Speed) -> str:
    """The figures in words."""
    return (
        f"{speed.name:<16}{speed.kilobytes:>8,} kB, loaded in {speed.load_ms} ms, one in {speed.p50_ms} ms"
        f" (95 % within {speed.p95_ms} ms), {speed.many:,} in {speed.many_ms:,} ms"
    )
