"""What runs imports only what `make run` installs: the tests' own packages are in the same environment and hide it."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest
from django.conf import settings

ROOMS = ("analytics", "automation", "config", "crm", "inbox")
WORKSHOP = "analytics/ml/text/train"  # makes the shipped text model, with PyTorch, and never runs at a shop
OPTIONAL = {"cloudpickle", "dask"}  # the extra `dask`: asked for only where a cluster is named
FILES = [path for room in ROOMS for path in sorted((Path(settings.BASE_DIR) / room).rglob("*.py"))]


def imported(tree: ast.AST) -> Iterator[str]:
    """The packages that a module imports when it runs: not those for type checks alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test):
            continue
        if isinstance(node, ast.Import):
            yield from (name.name.partition(".")[0] for name in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield str(node.module).partition(".")[0]
        else:
            yield from imported(node)


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@pytest.fixture(scope="module")
def installed() -> set[str]:
    """Package names that the locked requirements of `make run` bring."""
    lines = (Path(settings.BASE_DIR) / "requirements-ml.txt").read_text().splitlines()
    locked = {plain(line.partition("==")[0]) for line in lines if "==" in line and line[0].isalnum()}
    return {package for package, of in packages_distributions().items() if locked & {plain(name) for name in of}}


def test_every_import_of_the_product_is_locked_for_running(installed: set[str]) -> None:
    assert "django" in installed
    known = installed | set(sys.stdlib_module_names) | set(ROOMS) | OPTIONAL
    strange = {
        f"{path.relative_to(settings.BASE_DIR)}: {package}"
        for path in FILES
        if WORKSHOP not in path.as_posix()
        for package in imported(ast.parse(path.read_text()))
        if package not in known
    }
    assert strange == set()


def test_what_is_optional_is_imported_only_when_it_is_used() -> None:
    asked = "import sys, analytics.ml.purchase_job; print(sorted({'dask', 'distributed'} & set(sys.modules)))"
    found = subprocess.run(
        [sys.executable, "-c", asked], cwd=settings.BASE_DIR, capture_output=True, text=True, check=True
    )
    assert found.stdout.strip() == "[]"
