"""Gives back the hundred megabytes of the text models while nobody writes."""

import ctypes
import gc
import threading
import time
from contextlib import suppress
from typing import Final

from analytics.ml.text.artefact import forget_model
from analytics.ml.text.language import forget_identifier
from analytics.ml.text.meaning import forget_meaning

IDLE_SECONDS: Final = 180.0
_used: Final[dict[str, float]] = {}
_waiting: Final = threading.Lock()


def note_use(*, is_released_alone: bool = False) -> None:
    """Somebody reads: keep the models for the next minutes.

    `is_released_alone`: this process has no clock of its own, so that a thread gives the memory back.
    """
    _used["at"] = time.monotonic()
    if is_released_alone and not _waiting.locked():
        threading.Thread(target=_release_alone, daemon=True).start()


def _release_alone() -> None:
    with _waiting:
        while _used and not release_idle_models():
            time.sleep(IDLE_SECONDS / 6)


def release_idle_models(idle_seconds: float = IDLE_SECONDS) -> bool:
    """Let go of the models where nothing was read for a while; returns whether there was something to let go."""
    used_at = _used.get("at")
    if used_at is None or time.monotonic() - used_at < idle_seconds:
        return False
    _used.clear()
    forget_model()
    forget_meaning()
    forget_identifier()
    gc.collect()
    _trim()
    return True


def _trim() -> None:
    """Ask the allocator to return what is free; only glibc can."""
    with suppress(AttributeError, OSError):
        ctypes.CDLL(None).malloc_trim(0)
