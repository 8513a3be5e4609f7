"""The tabs of Insights, as far as this user may open them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.urls import reverse
from django.utils.translation import gettext_lazy as _l

from crm.models import Scope, User
from crm.parts import Tab

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True)
class Place:
    """One page of Insights. `is_whole`: its figures are of the whole business, for those who see all of it."""

    url_name: str
    label: _StrOrPromise
    is_whole: bool = False


PLACES: tuple[Place, ...] = (
    Place("analytics:insights", _l("Overview")),
    Place("analytics:groups", _l("Groups")),
    Place("analytics:forecast", _l("What is coming"), is_whole=True),
    Place("analytics:products", _l("What to offer")),
    Place("analytics:feedback", _l("What customers say")),
    Place("analytics:topics", _l("What people write about")),
    Place("analytics:numbers", _l("Numbers"), is_whole=True),
)


def sees_all(user: User) -> bool:
    """Whether figures of the whole business are for this user's eyes."""
    return user.is_active and user.scope == Scope.ALL


def tabs_for(user: User, current: str) -> Sequence[Tab]:
    """The tabs, with the one of this url name open."""
    return [
        Tab(str(place.label), reverse(place.url_name), is_current=place.url_name == current)
        for place in PLACES
        if not place.is_whole or sees_all(user)
    ]
