"""Hashed names for production."""

import re
from pathlib import Path

from django.core.management import call_command
from pytest_django.fixtures import Settings


def test_a_script_imports_the_modules_it_was_released_with(tmp_path: Path, settings: Settings) -> None:
    settings.STATIC_ROOT = str(tmp_path)
    settings.STORAGES = {**settings.STORAGES, "staticfiles": {"BACKEND": "config.static_files.HashedFiles"}}
    call_command("collectstatic", interactive=False, verbosity=0)
    for script in (Path(settings.BASE_DIR) / "static" / "js").glob("*.js"):
        hashed = next(tmp_path.glob(f"js/{script.stem}.????????????.js"))
        names = re.findall(r"""(?:from|import)\s*["']\./([^"']+)["']""", hashed.read_text())
        assert all(re.fullmatch(r"\w+\.[0-9a-f]{12}\.js", name) and (tmp_path / "js" / name).exists() for name in names)
        assert len(names) == len(re.findall(r"""(?:from|import)\s*["']\./""", script.read_text()))
