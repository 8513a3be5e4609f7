"""Small markup that rows repeat, drawn in Python: a template for each cell of a list costs more than its query."""

from __future__ import annotations

from collections.abc import Iterable

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from crm.parts import Tone


def badge(words: str, tone: Tone = "") -> SafeString:
    """A word on a coloured ground."""
    return format_html('<span class="badge{}">{}</span>', f" badge--{tone}" if tone else "", words)


def pills(names: Iterable[str]) -> SafeString:
    """Names side by side, each in its own direction of reading."""
    return format_html_join(" ", '<span class="pill" dir="auto">{}</span>', ([name] for name in names))
