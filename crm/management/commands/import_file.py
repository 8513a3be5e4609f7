"""Imports a file in the foreground and prints a report."""

from __future__ import annotations

import json
import resource
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from crm.demo import SOURCE as DEMO
from crm.importing.fields import FIELDS, field_of
from crm.importing.headers import normalise_header, recognise_headers
from crm.importing.source import UnreadableFileError
from crm.models import ImportJob, User
from crm.operations import imports

BLOCK = 1 << 20


class Command(BaseCommand):
    help = "Import people, companies or orders from a CSV, TSV or XLSX file, checked against the file afterwards."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--kind", choices=sorted(FIELDS), help="what the rows are (default: told from the columns)")
        parser.add_argument(
            "--map", action="append", default=[], metavar="FIELD=COLUMN", dest="pairs",
            help="which column (by name, or by number from 1) holds a field, like date=Invoiced or line.price=7",
        )  # fmt: skip
        parser.add_argument("--source", help="name of the program that the file is from; repeats are found within it")
        parser.add_argument("--dates", choices=("dmy", "mdy"), help="day or month first in dates like 03/04/2024")
        parser.add_argument("--decimal", choices=(".", ","), help="the decimal sign of numbers like 1,234")
        parser.add_argument("--currency", help="ISO code where the rows name none")
        parser.add_argument("--encoding")
        parser.add_argument("--delimiter")
        parser.add_argument("--sheet")
        parser.add_argument("--header-line", type=int, help="line of the header; 0 = the file has none")
        parser.add_argument("--duplicates", choices=ImportJob.Duplicates.values, help="what to do with known records")
        parser.add_argument("--run-flows", action="store_true", help="let automations see the imported rows")
        parser.add_argument("--user", help="e-mail of the colleague who imports")
        parser.add_argument("--result", type=Path, help="where to write the rows that were refused, with the reasons")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print the report as one JSON object")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["source"] == DEMO:
            self._refuse("the source “demo” is taken by the demo business, and what is from it goes with it", options)
        try:
            job = self._prepare(options)
            imports.start_job(job=job)
        except UnreadableFileError as error:
            where = f"line {error.line}: " if error.line else ""
            self._refuse(f"{where}{error.reason}", options)
        except imports.ImportNotReadyError as error:
            self._refuse(str(error), options)
        imports.work_on(job.pk, shift_s=float("inf"))
        job.refresh_from_db()
        self._show(job, options)

    def _refuse(self, reason: str, options: dict[str, Any]) -> None:
        if options["as_json"]:
            self.stdout.write(json.dumps({"state": "refused", "error": reason, "verified": False}))
        raise CommandError(reason)

    def _prepare(self, options: dict[str, Any]) -> ImportJob:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(f"There is no file {path}.")
        job = imports.prepare_job(
            actor=_user(options["user"]), name=path.name, chunks=_blocks(path), kind=options["kind"],
            source=options["source"] or "", reading=_reading(options),
        )  # fmt: skip
        mapping = _mapping(job, options["pairs"]) if options["pairs"] else None
        return imports.set_up_job(
            job=job,
            stated=imports.JobSettings(
                mapping=mapping, dates=options["dates"], decimal=options["decimal"], currency=options["currency"],
                duplicates=options["duplicates"], run_flows=options["run_flows"],
            ),
        )  # fmt: skip

    def _show(self, job: ImportJob, options: dict[str, Any]) -> None:
        report = imports.job_report(job)
        report["peak_mb"] = round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
        if options["result"]:
            with options["result"].open("w", encoding="utf-8", newline="") as file:
                file.writelines(imports.result_lines(job))
            report["result"] = str(options["result"])
        if options["as_json"]:
            self.stdout.write(json.dumps(report, default=str))
        else:
            self._say(report)
        if job.state != ImportJob.State.DONE or not report["verified"]:
            sys.exit(1)

    def _say(self, report: dict[str, Any]) -> None:
        self.stdout.write(
            f"{report['rows']} rows: {report['created']} created, {report['updated']} updated, "
            f"{report['skipped']} left out, {report['failed']} refused, in {report['seconds']} s."
        )
        for name, sides in report["check"].items():
            if isinstance(sides, dict):
                self.stdout.write(f"  {name}: {sides['file']} in the file, {sides['database']} in Rapport")
        for problem in report["problems"]:
            self.stdout.write(f"  line {problem['line']}: {problem['reason']}")
        if report["error"]:
            self.stderr.write(report["error"])
        self.stdout.write("Checked against the file: all right." if report["verified"] else "The check FAILED.")


def _user(email: str | None) -> User | None:
    if not email:
        return None
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        raise CommandError(f"There is no user {email}.")
    return user


def _blocks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _reading(options: dict[str, Any]) -> dict[str, Any]:
    stated = {name: options[name] for name in ("encoding", "delimiter", "sheet", "header_line")}
    return {name: value for name, value in stated.items() if value is not None}


def _mapping(job: ImportJob, pairs: list[str]) -> dict[str, list[int]]:
    """What was recognised, overruled by what the flags say."""
    stated: dict[str, list[int]] = {}
    for pair in pairs:
        name, _equals, column = pair.partition("=")
        stated.setdefault(_target(job.kind, name.strip()), []).append(_position(job, column.strip()))
    used = {position for positions in stated.values() for position in positions}
    kept = {target: [p for p in positions if p not in used] for target, positions in job.mapping.items()}
    return {**{target: positions for target, positions in kept.items() if positions}, **stated}


def _target(kind: str, name: str) -> str:
    if field_of(kind, name):
        return name
    endings = [field.target for field in FIELDS[kind] if field.target.partition(".")[2] == name]
    if len(endings) == 1:
        return endings[0]
    found = recognise_headers([name], kind).matches[0].target
    if found and field_of(kind, found):
        return found
    raise CommandError(f"There is no field {name!r}. There are: {', '.join(f.target for f in FIELDS[kind])}.")


def _position(job: ImportJob, column: str) -> int:
    names = [normalise_header(name) for name in job.columns]
    if normalise_header(column) in names:
        return names.index(normalise_header(column))
    if column.isdigit() and 1 <= int(column) <= len(names):
        return int(column) - 1
    raise CommandError(f"There is no column {column!r}. There are: {', '.join(job.columns)}.")
