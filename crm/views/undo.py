"""What was removed last waits in the session of who removed it, until they put it back."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest


def keep_for_undo(request: HttpRequest, key: str, kept: Any) -> None:
    """Keep what an operation returned for putting back, as JSON; `key` names the kind of thing."""
    request.session[key] = kept


def take_for_undo(request: HttpRequest, key: str) -> Any:
    """What was kept last, once. Raises Http404 where there is nothing (any more)."""
    kept = request.session.pop(key, None)
    if kept is None:
        raise Http404
    return kept


def offer_undo(request: HttpRequest, words: str, url: str) -> None:
    """Say what was done on the page that follows, with a button that posts to `url`."""
    messages.success(request, words, extra_tags=url)
