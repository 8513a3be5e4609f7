"""What every record page has around its own content: timeline, composer, actions and panels of other rooms."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from crm.access import Can, allows, may_give_out, signed_in
from crm.addresses import address
from crm.extensions import actions_for, panels_for
from crm.models import Record

from .kinds import RecordKind
from .records import composer, timeline_of

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


@dataclass(frozen=True)
class Panel:
    """A card that another room fills, by its address."""

    key: str
    title: _StrOrPromise
    url: str


@dataclass(frozen=True)
class Action:
    """A button in the head of the page that opens a dialog."""

    label: _StrOrPromise
    icon: str
    url: str


def record_context(request: HttpRequest, kind: RecordKind, record: Record) -> dict[str, Any]:
    """The context that person, company and deal pages share."""
    user = signed_in(request)
    return {
        **composer(user, kind, record),
        "timeline": timeline_of(request, kind, record),
        "record_url": kind.url(record),
        "can_edit": allows(user, kind.capability),
        "can_sell": allows(user, Can.SELL),
        "can_share": allows(user, Can.SHARE),
        "can_delete": allows(user, Can.DELETE),
        "can_give_out": kind.target == "person" and may_give_out(user),
        "panels": [
            Panel(panel.key, panel.title, url)
            for panel in panels_for(kind.target)
            if (url := address(panel.url_name, record.pk))
        ],
        "actions": [
            Action(action.label, action.icon, url)
            for action in actions_for(kind.target)
            if (action.capability is None or allows(user, action.capability))
            and (url := address(action.url_name, record.pk))
        ],
        "deal_url": address("crm:deal-create"),
    }
