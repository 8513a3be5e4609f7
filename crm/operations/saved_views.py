"""Writes of saved views."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.events import record_event
from crm.filters import compile_filter
from crm.models import SavedView, User


class ViewNameTakenError(ValueError):
    """The user has a view of this name already."""


@transaction.atomic
def save_view(
    *,
    actor: User,
    target: str,
    name: str,
    filter: Mapping[str, Any],  # noqa: A002 (the word of the model)
    sort: str,
    columns: Sequence[str],
    is_shared: bool = False,
    view: SavedView | None = None,
) -> SavedView:
    """A new view, or a new version of `view`. Records `view.saved`. Raises ViewNameTakenError, FilterError."""
    compile_filter(target, filter)
    name = " ".join(name.split())[:100]
    others = SavedView.objects.filter(target=target, owner=actor, name=name)
    if view is not None:
        others = others.exclude(pk=view.pk)
    if others.exists():
        raise ViewNameTakenError(_("You have a view called “%(name)s” already.") % {"name": name})
    view = view or SavedView(target=target, owner=actor)
    view.name, view.filter, view.sort = name, dict(filter), sort
    view.columns, view.is_shared = list(columns), is_shared
    view.save()
    record_event(kind="view.saved", subject=view, actor=actor, data={"name": name, "is_shared": is_shared})
    return view


@transaction.atomic
def delete_view(*, view: SavedView, actor: User) -> None:
    """Remove a view; the records in it stay. Records `view.deleted`."""
    record_event(kind="view.deleted", subject=view, actor=actor, data={"name": view.name})
    view.delete()
