"""A mark of what is shown: a page asks with it whether there is something new."""

from __future__ import annotations

from hashlib import sha256


def mark_of(*shown: object) -> str:
    return sha256(repr(shown).encode()).hexdigest()[:16]
