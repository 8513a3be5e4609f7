"""What tests make once and only read, such as a learned model: one process makes it, the others wait and take it.

It is kept in a folder of the run, or in that of RAPPORT_TESTS_KEEP for the runs after it (only of the same code).
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from fcntl import LOCK_EX, flock
from pathlib import Path
from tempfile import mkdtemp

FOLDER = "RAPPORT_TESTS_KEEP"


def open_folder() -> Path | None:
    """Name a new folder to this process and those that it starts, and return it; None where there is one already."""
    if os.environ.get(FOLDER):
        return None
    os.environ[FOLDER] = mkdtemp(prefix="rapport-tests-kept-")
    return Path(os.environ[FOLDER])


def close_folder(folder: Path) -> None:
    del os.environ[FOLDER]
    shutil.rmtree(folder, ignore_errors=True)


def kept(name: str, make: Callable[[Path], object]) -> Path:
    """The file or folder of this name, which `make` fills where no process has: half of it is never seen."""
    path = Path(os.environ[FOLDER]) / name
    with path.with_suffix(".lock").open("w") as lock:
        flock(lock, LOCK_EX)
        if not path.exists():
            shutil.rmtree(begun := path.with_suffix(".begun"), ignore_errors=True)
            make(begun)
            begun.rename(path)
    return path
