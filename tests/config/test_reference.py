"""The guide for operators names every setting that the code reads, and no other."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SETTING = re.compile(r"\b(?:RAPPORT_[A-Z_]+|DATABASE_URL|REDIS_URL|PORT)\b")
READ = re.compile(
    r"""(?:env\.\w+|environ\.get|redis|database)\(\s*["'](RAPPORT_[A-Z_]+|DATABASE_URL|REDIS_URL|PORT)["']"""
)


def test_every_setting_is_explained() -> None:
    sources = [*(ROOT / "config").glob("*.py"), *(ROOT / "config").glob("management/**/*.py")]
    read = {name for source in sources for name in READ.findall(source.read_text())}
    table = (ROOT / "docs" / "operators.md").read_text().partition("## Settings")[2].partition("## When")[0]
    explained = {name for line in table.splitlines() for name in SETTING.findall(line.partition(" | ")[0])}
    assert read == explained


def test_the_example_names_only_settings_that_exist() -> None:
    explained = set(SETTING.findall((ROOT / "docs" / "operators.md").read_text()))
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {match[1] for line in lines if (match := re.match(r"#? ?([A-Z_]+)=", line))}
    assert named <= explained | {"POSTGRES_PASSWORD"}
