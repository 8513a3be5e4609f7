"""Where a page of the admin stands in its menu, in the menu's words."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypedDict

from django import template
from django.db.models import Model
from django.template import Context
from django.urls import reverse
from django.utils.text import capfirst

from config.admin_menu import GROUPS, address

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

register = template.Library()


class Place(TypedDict):
    """One step of the way to a page; `url` is empty for a group of the menu."""

    name: _StrOrPromise
    url: str


@register.simple_tag(takes_context=True)
def setup_places(context: Context) -> list[Place]:
    """The group, the table, and the record that is open or added; nothing for a page that is no table."""
    opts = context.get("opts")
    if opts is None:
        return []
    listing = reverse(address(opts.label_lower))
    group, table = _names(opts.label_lower)
    places = [Place(name=group, url="")] if group else []
    places.append(Place(name=table or capfirst(opts.verbose_name_plural), url=listing))
    record = context.get("original") or context.get("object")
    if isinstance(record, Model):
        places.append(Place(name=str(record), url=""))
    elif context.get("add"):
        places.append(Place(name=context["title"], url=""))
    return places


def _names(label: str) -> tuple[_StrOrPromise, _StrOrPromise]:
    """What the menu calls the group of this table and the table; empty for one that is not in the menu."""
    found = [(group, name) for group, items in GROUPS for name, known, _icon in items if known == label]
    return found[0] if found else ("", "")
