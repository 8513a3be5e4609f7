"""The reference says what the code says, and names every setting that the code reads and no other."""

import re
from pathlib import Path

from config.reference import rendered, stale_pages, write_pages
from config.reference.settings import SETTINGS
from crm.extensions import REGISTRIES

ROOT = Path(__file__).resolve().parents[2]
EXPLAINED = {name for setting in SETTINGS for name in setting.names.split()}
READ = re.compile(
    r"""(?:env\.\w+|environ\.get|redis|database)\(\s*["'](RAPPORT_[A-Z_]+|DATABASE_URL|REDIS_URL|PORT)["']"""
)


def test_every_setting_is_explained() -> None:
    sources = [*(ROOT / "config").glob("*.py"), *(ROOT / "config").glob("management/**/*.py")]
    read = {name for source in sources for name in READ.findall(source.read_text())}
    assert read == EXPLAINED


def test_the_example_names_only_settings_that_exist() -> None:
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {match[1] for line in lines if (match := re.match(r"#? ?([A-Z_]+)=", line))}
    assert named <= EXPLAINED | {"POSTGRES_PASSWORD"}


def test_the_reference_is_fresh() -> None:
    assert stale_pages(ROOT / "docs" / "reference") == [], "run: make reference"


def test_a_page_that_differs_is_missing_or_left_over_is_stale(tmp_path: Path) -> None:
    write_pages(tmp_path)
    assert stale_pages(tmp_path) == []
    (tmp_path / "events.md").write_text("other words")
    (tmp_path / "roles.md").unlink()
    (tmp_path / "old.md").write_text("left over")
    assert stale_pages(tmp_path) == ["events.md", "old.md", "roles.md"]
    write_pages(tmp_path)
    assert stale_pages(tmp_path) == []


def test_every_registered_extension_is_in_the_reference() -> None:
    pages = rendered()
    text = pages["extension-points.md"] + pages["events.md"]
    assert [each.key for registry in REGISTRIES for each in registry if f"`{each.key}`" not in text] == []
