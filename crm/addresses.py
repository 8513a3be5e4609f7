"""Addresses of named pages that may not be there."""

from django.urls import NoReverseMatch, reverse


def address(url_name: str, *args: object) -> str:
    """The address of a named page, or nothing where a room or plug-in that is switched off leaves a name behind."""
    try:
        return reverse(url_name, args=args)
    except NoReverseMatch:
        return ""
