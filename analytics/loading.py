"""Opens what was learned: the files of a version, checked and loaded once per process. Nothing is written here."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from analytics.learning import subject_of
from analytics.models import ModelVersion

SUMS = "SHA256SUMS"


class CantServeError(Exception):
    """This version can't be put in use; the message says why."""


@dataclass(frozen=True)
class Champion:
    """The model in use for a task, loaded and checked; `scorer` is what the subject's module makes of its files."""

    version: ModelVersion
    scorer: Any


_loaded: dict[tuple[str, str, str, float], Any] = {}


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
    key = (version.task, version.folder, version.sha256, version.level)
    if key not in _loaded:
        _loaded[key] = _load(version)
    return Champion(version, _loaded[key])


def _load(version: ModelVersion) -> Any:
    from analytics.ml.artefact import ArtefactError

    folder = folder_of(version)
    if fingerprint(folder) not in ("", version.sha256):
        raise CantServeError(_("The files of %(version)s are not those that were trained.") % {"version": version})
    try:
        scorer = subject_of(version.task).work.load(version.task, folder)
    except ArtefactError as error:
        raise CantServeError(str(error)) from error
    scorer.level = version.level
    return scorer
