"""Addresses of named pages that may not be there."""

from __future__ import annotations

from functools import lru_cache

from django.conf import settings
from django.urls import NoReverseMatch, get_script_prefix, reverse

PLACE = 7_000_000_000_000_000_007  # stands for an id in what is kept


def address(url_name: str, *args: object) -> str:
    """The address of a named page, or nothing where a room or plug-in that is switched off leaves a name behind."""
    try:
        if not args:
            return _fixed(url_name, settings.ROOT_URLCONF, get_script_prefix())
        if len(args) == 1 and isinstance(args[0], int):
            before, after = _around_id(url_name, settings.ROOT_URLCONF, get_script_prefix())
            return f"{before}{args[0]}{after}"
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return ""


# A page has dozens of links, and Django looks each of them up anew.


@lru_cache(maxsize=1024)
def _fixed(url_name: str, _urls: str, _prefix: str) -> str:
    return reverse(url_name)


@lru_cache(maxsize=1024)
def _around_id(url_name: str, _urls: str, _prefix: str) -> tuple[str, str]:
    before, _place, after = reverse(url_name, args=[PLACE]).partition(str(PLACE))
    return before, after
