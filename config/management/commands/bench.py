"""Measures Rapport on a database of its own size and prints a table and one JSON object."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand

from config.bench.load import measure_load
from config.bench.load import summary as load_words
from config.bench.pages import as_data, measure_pages, table
from config.bench.server import Server
from config.bench.work import learning_words, measure_import, measure_models, measure_scoring, measure_training, summary


class Command(BaseCommand):
    help = "Seed a database with N people in build/bench, start Rapport on it, and measure."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--people", type=int, default=10_000)
        parser.add_argument(
            "--orders", type=float, default=0, metavar="M",
            help="orders of one person on average, in rhythms that can be learned; without it about 2 at random",
        )  # fmt: skip
        parser.add_argument("--rounds", type=int, default=30)
        parser.add_argument("--pages-only", action="store_true", help="leave out import, training and scoring")
        parser.add_argument("--learning-only", action="store_true", help="only seed and learn, step by step")
        parser.add_argument(
            "--database", default="", metavar="URL",
            help="measure on this PostgreSQL database, empty or filled by seed_bench, instead of a file in build/bench",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        name = f"{options['people']}{'-database' if options['database'] else ''}"
        folder = Path(settings.BASE_DIR) / "build" / "bench" / name
        folder.mkdir(parents=True, exist_ok=True)
        server = Server(folder, options["database"])
        self.say("Seeding …")
        server.manage("migrate")
        server.manage("create_owner")
        server.manage("seed_bench", "--people", str(options["people"]), "--orders", str(options["orders"]))
        server.manage("seed_messages", "--messages", str(options["people"]))
        result: dict[str, Any] = {"people": options["people"], "orders": options["orders"]}
        if not options["pages_only"]:
            self.say("Training …")
            result["training"] = measure_training(server)
            result["models"] = measure_models(server)
        if options["learning_only"]:
            self.stdout.write("\n".join(learning_words(result["training"])))
        else:
            self._serve(server, folder, result, options)
        self.stdout.write(json.dumps(result))

    def _serve(self, server: Server, folder: Path, result: dict[str, Any], options: dict[str, Any]) -> None:
        result["start_seconds"] = round(server.start(), 1)
        try:
            self._measure(server, folder, result, options)
        finally:
            server.stop()

    def _measure(self, server: Server, folder: Path, result: dict[str, Any], options: dict[str, Any]) -> None:
        server.sign_in()
        memory = {"idle": server.memory()}
        self.say("Pages …")
        timings = measure_pages(server, rounds=options["rounds"], people=options["people"])
        self.say("Load …")
        load = measure_load(server)
        memory["after load"] = server.memory()
        if not options["pages_only"]:
            self.say("Scoring …")
            result["scoring"] = measure_scoring(server)
            self.say("Import …")
            result["import"] = measure_import(server, folder)
            memory["after scoring and import"] = server.memory()
        result["pages"], result["load"] = as_data(timings), asdict(load)
        result["memory"] = {when: asdict(held) for when, held in memory.items() if held}
        self.stdout.write(table(timings))
        self.stdout.write(load_words(load))
        for line in summary(result):
            self.stdout.write(line)

    def say(self, words: str) -> None:
        self.stderr.write(words)
