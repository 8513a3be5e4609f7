"""Gives back the hundred megabytes of the text models while nobody writes."""

import ctypes
import gc
import time
from contextlib import suppress
from typing import Final

from analytics.ml.text.artefact import forget_model
from analytics.ml.text.language import forget_identifier

IDLE_SECONDS: Final = 180.0
_used: Final[dict[str, float]] = {}


def note_use() -> None:
    """Somebody reads: keep the models for the next minutes."""
    _used["at"] = time.monotonic()


def release_idle_models(idle_seconds: float = IDLE_SECONDS) -> bool:
    """Let go of the models where nothing was read for a while; returns whether there was something to let go."""
    used_at = _used.get("at")
    if used_at is None or time.monotonic() - used_at < idle_seconds:
        return False
    _used.clear()
    forget_model()
    forget_identifier()
    gc.collect()
    _trim()
    return True


def _trim() -> None:
    """Ask the allocator to return what is free; only glibc can."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
