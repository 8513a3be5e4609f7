"""Opens what was learned: the files of a version, checked and loaded once per process. Nothing is written here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from analytics.learning import subject_of
from analytics.models import ModelVersion

SUMS = "SHA256SUMS"
MOST_LOADED = 24  # twice as many as are in use: a process that lives for months lets go of former ones


class CantServeError(Exception):
    """This version can't be put in use; the message says why."""


class _ChangedError(Exception):
    """The files are others than those of the version."""


@dataclass(frozen=True)
class Champion:
    """The model in use for a task, loaded and checked; `scorer` is what the subject's module makes of its files."""

    version: ModelVersion
    scorer: Any


def models_folder() -> Path:
    return Path(settings.DATA) / "models"


def folder_of(version: ModelVersion) -> Path:
    return models_folder() / version.folder


def fingerprint(folder: Path) -> str:
    """The hash over the artefact's own list of hashes, or nothing where there is none."""
    try:
        return hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()
    except OSError:
        return ""


def load(version: ModelVersion) -> Champion:
    """Check hashes and schema and load, once per process and version. Raises CantServeError in words."""
    try:
        return Champion(version, _load(version.task, version.folder, version.sha256, version.level))
    except _ChangedError as error:
        words = _("The files of %(version)s are not those that were trained.") % {"version": version}
        raise CantServeError(words) from error


@lru_cache(maxsize=MOST_LOADED)
def _load(task: str, name: str, sha256: str, level: float) -> Any:
    from analytics.ml.artefact import ArtefactError

    folder = models_folder() / name
    if fingerprint(folder) not in ("", sha256):
        raise _ChangedError
    try:
        scorer = subject_of(task).work.load(task, folder)
    except ArtefactError as error:
        raise CantServeError(str(error)) from error
    scorer.level = level
    return scorer


def forget_loaded() -> None:
    """Let go of all: the next use loads it again."""
    _load.cache_clear()
