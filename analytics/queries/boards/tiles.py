"""What stands on each tile for one reader: where its content is loaded from, or in words why there is none."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.models import Report, ReportSpec, TileKind
from analytics.models.boards import WIDEST
from analytics.models.reports import TIME, Period, Unit
from analytics.queries.places import sees_all
from analytics.queries.reports.figures import joined
from analytics.ready_boards import TilePlace
from analytics.ready_reports import READY
from crm.access import allows
from crm.addresses import address
from crm.extensions import dashboard_tiles, filter_fields, metrics, report_sources
from crm.models import User
from crm.queries.zone import workspace_zone

from .narrowing import Narrowing

# Fields that say whose a row is: the first that its target has.
OWNERS = ("owner", "person_owner", "assignee", "author")
# Reports of now and of what is to come: narrowed to a past month they would answer something else.
OPEN_PERIODS = {Period.ALL, Period.NEXT_12}
Rule = dict[str, Any]
Tiles = Sequence[tuple[int, TilePlace]]


@dataclass(frozen=True)
class TileView:
    """One tile. `url` is the part that fills it; without it `missing` says why there is nothing.

    `notes` tell which choices for the whole dashboard it does not follow. `is_private`: a report that only the reader
    sees. `targets` are what a filter can be about.
    """

    kind: str
    key: str
    title: str
    pk: int = 0
    width: int = 1
    url: str = ""
    missing: str = ""
    notes: Sequence[str] = ()
    is_private: bool = False
    targets: Sequence[str] = ()

    @property
    def is_figures(self) -> bool:
        """Reports come bare and need a card; numbers and blocks bring theirs."""
        return self.kind in (TileKind.REPORT, TileKind.READY)

    @property
    def narrower(self) -> int:
        return max(1, self.width - 1)

    @property
    def wider(self) -> int:
        return min(WIDEST, self.width + 1)

    @property
    def ref(self) -> str:
        """What its element is called: tiles of ready-made dashboards have no number."""
        return str(self.pk or f"{self.kind}-{self.key}")


def tile_views(tiles: Tiles, user: User, narrowing: Narrowing, owners: Sequence[int] | None = None) -> list[TileView]:
    """The tiles with their ids as this reader gets them; two queries. `owners` are whose rows are wanted."""
    ids = [int(place.key) for _pk, place in tiles if place.kind == TileKind.REPORT and place.key.isdecimal()]
    reports = {str(report.pk): report for report in Report.objects.visible_to(user).filter(pk__in=ids)} if ids else {}
    maker = _Maker(user, narrowing, owners, reports, timezone.localdate(timezone=workspace_zone()))
    return [replace(maker.view(place), pk=pk, width=place.width) for pk, place in tiles]


@dataclass(frozen=True)
class _Maker:
    user: User
    narrowing: Narrowing
    owners: Sequence[int] | None
    reports: Mapping[str, Report]
    today: date

    def view(self, place: TilePlace) -> TileView:
        make = {
            TileKind.NUMBER: self._number, TileKind.REPORT: self._report, TileKind.READY: self._ready,
            TileKind.BLOCK: self._block,
        }  # fmt: skip
        return make[TileKind(place.kind)](place.key)

    def _number(self, key: str) -> TileView:
        metric = metrics.get(key)
        if metric is None:
            return TileView(TileKind.NUMBER, key, _("A number"), missing=_("This number is no longer counted."))
        title = str(metric.label)
        if not sees_all(self.user):
            words = _("This figure is of the whole business, and your account sees a part of it.")
            return TileView(TileKind.NUMBER, key, title, missing=words)
        by, day, is_exact = self.narrowing.span(self.today)
        url = f"{reverse('analytics:number-tile', args=[key])}?{urlencode({'by': str(by), 'on': day.isoformat()})}"
        words = _("Numbers are counted by month, quarter and year: this is the month in which the period ends.")
        notes = [] if is_exact else [words]
        return TileView(TileKind.NUMBER, key, title, url=url, notes=[*notes, *self._unmoved()])

    def _report(self, key: str) -> TileView:
        report = self.reports.get(key)
        if report is None:
            words = _("Its report was deleted, or it is not shared with you (any more).")
            return TileView(TileKind.REPORT, key, _("A report"), missing=words)
        url = reverse("analytics:report-figures", args=[report.pk])
        is_private = report.owner_id == self.user.pk and not report.is_shared
        return replace(self._figures(TileKind.REPORT, key, report.name, report.spec, url), is_private=is_private)

    def _ready(self, key: str) -> TileView:
        ready = READY.get(key)
        if ready is None:
            words = _("This ready-made report is no longer there.")
            return TileView(TileKind.READY, key, _("A report"), missing=words)
        url = reverse("analytics:report-ready-figures", args=[key])
        return self._figures(TileKind.READY, key, str(ready.name), ready.spec, url)

    def _block(self, key: str) -> TileView:
        tile = dashboard_tiles.get(key)
        url = address(tile.url_name) if tile is not None else ""
        if tile is None or not url:
            return TileView(TileKind.BLOCK, key, _("A block"), missing=_("What was shown here is no longer there."))
        if tile.capability is not None and not allows(self.user, tile.capability):
            return TileView(TileKind.BLOCK, key, str(tile.title), missing=_("Your role does not show this."))
        trees, notes = self._trees(tile.follows)
        params = {"filter": _json(trees)} if trees else {}
        days = self.narrowing.days(self.today)
        if days is not None and tile.follows_period:
            params |= {"from": days[0].isoformat(), "to": days[1].isoformat()}
        elif days is not None:
            notes.insert(0, _("Does not follow the period."))
        return TileView(TileKind.BLOCK, key, str(tile.title), url=_with(url, params), notes=notes, targets=tile.follows)

    def _trees(self, follows: Sequence[str]) -> tuple[dict[str, Rule], list[str]]:
        """What of the dashboard's owner and filters a block can follow, by target, and in words what it can't."""
        trees = {target: dict(self.narrowing.filters[target]) for target in follows if target in self.narrowing.filters}
        notes = []
        if self.owners is not None:
            owned = next(((target, rule) for target in follows if (rule := owner_rule(target, self.owners))), None)
            trees |= {owned[0]: joined(owned[1], trees.get(owned[0], {}))} if owned else {}
            notes += [] if owned else [_("Does not follow the choice of owner.")]
        return trees, [*notes, *self._other_filters(follows)]

    def _figures(self, kind: str, key: str, title: str, spec: ReportSpec, url: str) -> TileView:
        params: dict[str, str] = {}
        rules, notes = self._rules(spec.target)
        days = self.narrowing.days(self.today)
        if days is not None and spec.period in OPEN_PERIODS:
            notes.insert(
                0,
                _("Does not follow the period: it always shows “%(period)s”.") % {"period": Period(spec.period).label},
            )
        elif days is not None:
            params |= {"from": days[0].isoformat(), "to": days[1].isoformat()}
            params |= {"unit": _step(days, spec.unit)} if spec.group_by == TIME else {}
        if rules:
            params["filter"] = _json(rules)
        return TileView(kind, key, title, url=_with(url, params), notes=notes, targets=[spec.target])

    def _rules(self, target: str) -> tuple[Rule, list[str]]:
        """What of the dashboard's owner and filters this target can follow, and in words what it can't."""
        rules: Rule = {}
        notes = []
        if self.owners is not None:
            whose = owner_rule(target, self.owners)
            rules = joined(rules, whose) if whose else rules
            notes += [] if whose else [_("Does not follow the choice of owner.")]
        if target in self.narrowing.filters:
            rules = joined(rules, self.narrowing.filters[target])
        return rules, [*notes, *self._other_filters([target])]

    def _unmoved(self) -> list[str]:
        """Of what is counted for the whole business."""
        notes = [_("Does not follow the choice of owner.")] if self.owners is not None else []
        return [*notes, *self._other_filters(())]

    def _other_filters(self, follows: Sequence[str]) -> list[str]:
        """What is said of filters about something else than this."""
        others = [target for target in self.narrowing.filters if target not in follows]
        names = [str(source.label) for target in others if (source := report_sources.get(target))]
        return [_("Does not follow the filter: that is about %(what)s.") % {"what": ", ".join(names)}] if names else []


def owner_rule(target: str, owners: Sequence[int]) -> Rule:
    """Rows of this target that are these users'; empty where nobody owns them."""
    field = next((name for name in OWNERS if filter_fields.get(f"{target}.{name}")), "")
    if not field:
        return {}
    if not owners:  # a team without members: nobody's rows, rather than everybody's
        return {"all": [{"field": field, "op": "is_empty"}, {"field": field, "op": "is_set"}]}
    if len(owners) == 1:
        return {"all": [{"field": field, "op": "is", "value": owners[0]}]}
    return {"all": [{"field": field, "op": "any_of", "value": list(owners)}]}


def _json(tree: Mapping[str, Any]) -> str:
    return json.dumps(tree, separators=(",", ":"), ensure_ascii=False)


def _with(url: str, params: Mapping[str, str]) -> str:
    return f"{url}?{urlencode(params)}" if params else url


def _step(days: tuple[date, date], unit: str) -> str:
    """A step of time small enough that a short period is more than one bar."""
    count = (days[1] - days[0]).days + 1
    order = list(Unit.values)
    fits = Unit.DAY if count <= 45 else Unit.WEEK if count <= 130 else Unit.MONTH if count <= 800 else Unit.QUARTER
    return str(min(unit, str(fits), key=order.index))
