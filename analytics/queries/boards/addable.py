"""What can be put on a dashboard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from analytics.metrics import SECTIONS as METRIC_SECTIONS
from analytics.models import Board, Report, TileKind
from analytics.queries.places import sees_all
from analytics.ready_reports import SECTIONS
from crm.access import allows
from crm.extensions import dashboard_tiles, metrics
from crm.models import User

MOST_NAMES = 200


@dataclass(frozen=True)
class Addable:
    """Something that can become a tile."""

    kind: str
    key: str
    label: str
    hint: str = ""
    is_there: bool = False


@dataclass(frozen=True)
class AddableGroup:
    label: str
    items: Sequence[Addable]


def addable_groups(user: User, board: Board, q: str = "") -> list[AddableGroup]:
    """Everything this user may put on a dashboard whose name has these words; two queries."""
    there = set(board.tiles.values_list("kind", "key"))
    q = q.strip().casefold()[:100]
    groups = [
        AddableGroup(label, [
            Addable(item.kind, item.key, item.label, item.hint, (item.kind, item.key) in there)
            for item in items
            if q in f"{item.label} {item.hint}".casefold()
        ])
        for label, items in _everything(user)
    ]  # fmt: skip
    return [group for group in groups if group.items]


def _everything(user: User) -> list[tuple[str, list[Addable]]]:
    reports = Report.objects.visible_to(user).order_by("name", "pk")[:MOST_NAMES]
    found = [(_("Your reports and shared ones"), [Addable(TileKind.REPORT, str(row.pk), row.name) for row in reports])]
    if sees_all(user):
        names = {metric.section: METRIC_SECTIONS.get(metric.section, metric.section) for metric in metrics}
        found += [
            (
                _("Numbers: %(section)s") % {"section": label},
                [
                    Addable(TileKind.NUMBER, metric.key, str(metric.label), str(metric.formula))
                    for metric in metrics
                    if metric.section == section
                ],
            )
            for section, label in names.items()
        ]
    blocks = [tile for tile in dashboard_tiles if tile.capability is None or allows(user, tile.capability)]
    found.append((_("Blocks"), [Addable(TileKind.BLOCK, tile.key, str(tile.title)) for tile in blocks]))
    found += [
        (
            _("Ready-made reports: %(section)s") % {"section": section.label},
            [Addable(TileKind.READY, ready.key, str(ready.name), str(ready.hint)) for ready in section.reports],
        )
        for section in SECTIONS
    ]
    return found
