"""What a report asks, as the query of a URL and back."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django.http import QueryDict
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _

from analytics.models import ReportSpec
from analytics.models.reports import Chart, Period, Unit
from crm.incoming import is_believable, read_json

from .questions import ReportError

# In the URL: shorter words than the columns have.
KEYS = {
    "target": "what", "measure": "measure", "group_by": "by", "split_by": "split", "date_by": "date", "unit": "unit",
    "period": "period", "chart": "chart",
}  # fmt: skip
MOST = 80
_CHOICES: dict[str, Any] = {"unit": Unit, "period": Period, "chart": Chart}


def query_of(spec: ReportSpec, **more: str) -> str:
    """The URL's query ("?…") that asks this."""
    return f"?{_params(spec, more).urlencode()}"


def hidden_of(spec: ReportSpec) -> list[tuple[str, str]]:
    """The same as hidden fields of a form."""
    return [(name, value) for name, values in _params(spec, {}).lists() for value in values]


def _params(spec: ReportSpec, more: Mapping[str, str]) -> QueryDict:
    params = QueryDict(mutable=True)
    for name, key in KEYS.items():
        params[key] = getattr(spec, name)
    for key, day in (("from", spec.starts_on), ("to", spec.ends_on)):
        if day is not None:
            params[key] = day.isoformat()
    if spec.filter:
        params["filter"] = json.dumps(spec.filter, separators=(",", ":"), ensure_ascii=False)
    for key, value in more.items():
        params[key] = value
    return params


def read_spec(params: Mapping[str, str], base: ReportSpec | None = None) -> ReportSpec:
    """What the parameters ask, on top of `base`. Raises ReportError for a filter that can't be read."""
    base = base or ReportSpec()
    words = {name: params.get(key, getattr(base, name))[:MOST] for name, key in KEYS.items()}
    for name, choices in _CHOICES.items():
        if words[name] not in choices.values:
            words[name] = getattr(base, name)
    return ReportSpec(
        **words,
        starts_on=_day(params["from"]) if "from" in params else base.starts_on,
        ends_on=_day(params["to"]) if "to" in params else base.ends_on,
        filter=read_filter(params["filter"]) if "filter" in params else base.filter,
    )


def read_filter(text: str) -> Mapping[str, Any]:
    """Raises ReportError."""
    if not text:
        return {}
    try:
        tree = read_json(text)
    except ValueError:
        tree = None
    if not isinstance(tree, Mapping):
        raise ReportError(_("The filter in the address can't be read."))
    return tree


def _day(text: str) -> date | None:
    try:
        day = parse_date(text)
    except ValueError:
        return None
    return day if day is not None and is_believable(day) else None
