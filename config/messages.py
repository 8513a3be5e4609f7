"""Turns the catalogues of locale/ into the form that gettext reads, without gettext's own tools."""

from __future__ import annotations

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def compile_messages(locale: Path) -> list[Path]:
    """Write each .mo that is missing or older than its .po; returns those written. Raises OSError when it can't."""
    return [_compile(po) for po in sorted(locale.glob("*/LC_MESSAGES/*.po")) if _is_stale(po)]


def _is_stale(po: Path) -> bool:
    mo = po.with_suffix(".mo")
    return not mo.exists() or mo.stat().st_mtime < po.stat().st_mtime


def _compile(po: Path) -> Path:
    """Whole or not at all: another process may read it at this moment."""
    part = po.with_suffix(f".{os.getpid()}.part")
    with po.open("rb") as words, part.open("wb") as compiled:
        write_mo(compiled, read_po(words))
    return part.replace(po.with_suffix(".mo"))


if __name__ == "__main__":
    compile_messages(Path(__file__).resolve().parent.parent / "locale")
