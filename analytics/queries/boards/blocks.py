"""What a dashboard narrows a block to: read from the block's URL, and applied to its rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.db.models import Q
from django.utils.translation import gettext as _

from analytics.models import ReportSpec
from analytics.queries.metrics.spans import midnight
from analytics.queries.reports.addresses import read_filter, read_spec
from analytics.queries.reports.questions import ReportError
from crm.filters import FilterError, compile_filter
from crm.models import Person
from inbox.models import Conversation

SECONDS = 2.0  # a block does not wait longer for the rows that a filter of the reader's own leaves


@dataclass(frozen=True)
class BlockNarrowing:
    """Compiled filters by target, and the first and the last day, both included. `error` says what can't be read."""

    filters: Mapping[str, Q] = field(default_factory=dict)
    days: tuple[date, date] | None = None
    error: str = ""

    @property
    def is_on(self) -> bool:
        return bool(self.filters) or self.days is not None

    @property
    def seconds(self) -> float | None:
        """How long its rows may be looked for, since no index knows the filter; None where nothing is narrowed."""
        return SECONDS if self.is_on else None

    def people(self, path: str) -> Q:
        """Rows whose person, at `path`, the filter is true of."""
        if "person" not in self.filters:
            return Q()
        return Q(**{f"{path}__in": Person.objects.filter(self.filters["person"]).order_by().values("pk")})

    def conversations(self, path: str) -> Q:
        """Rows whose conversation, at `path`, the filter is true of."""
        if "conversation" not in self.filters:
            return Q()
        return Q(**{f"{path}__in": Conversation.objects.filter(self.filters["conversation"]).order_by().values("pk")})

    def own(self, target: str) -> Q:
        """What the filter says of rows of this target themselves."""
        return self.filters.get(target, Q())

    def within(self, path: str, zone: ZoneInfo) -> Q:
        """Rows whose moment at `path` is in the period."""
        bounds = self.moments(zone)
        return Q() if bounds is None else Q(**{f"{path}__gte": bounds[0], f"{path}__lt": bounds[1]})

    def moments(self, zone: ZoneInfo) -> tuple[datetime, datetime] | None:
        """From when, and before when."""
        if self.days is None:
            return None
        first, last = self.days
        return midnight(first, zone), midnight(date.fromordinal(last.toordinal() + 1), zone)


def read_block(params: Mapping[str, str], follows: tuple[str, ...]) -> BlockNarrowing:
    """What the address of a block says, of the targets that it follows; what can't be read is said in `error`."""
    spec = read_spec({key: params[key] for key in ("from", "to") if key in params}, ReportSpec())
    days = (spec.starts_on, spec.ends_on) if spec.starts_on and spec.ends_on else None
    try:
        trees = read_filter(params.get("filter", ""))
        filters = {target: compile_filter(target, trees[target]) for target in follows if target in trees}
    except (ReportError, FilterError) as error:
        return BlockNarrowing(error=_("This block can't be narrowed: %(why)s") % {"why": error})
    return BlockNarrowing(filters, days)
