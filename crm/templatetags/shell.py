"""The parts of the shell: the same on page after page, so that each is drawn once and kept."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from django import template
from django.conf import settings
from django.template import Context, loader
from django.utils.html import escape
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from crm.context import Shell

register = template.Library()

PLACE = "the-token-of-the-page"  # stands in what is kept for the token, which is another one in every answer


@register.simple_tag(takes_context=True)
def shell_part(context: Context, name: str) -> SafeString:
    """A template that shows nothing but `shell` and `csrf_token`."""
    token = context.get("csrf_token")
    draw: Any = _draw.__wrapped__ if settings.DEBUG else _draw
    drawn = draw(name, get_language() or "", context["shell"](), PLACE if token else "")
    return SafeString(drawn.replace(PLACE, escape(token)))


@lru_cache(maxsize=256)
def _draw(name: str, language: str, shell: Shell, token: str) -> str:
    return loader.render_to_string(name, {"shell": shell, "csrf_token": token})
