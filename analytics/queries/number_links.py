"""Where the rows behind a number of the business stand."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from .metrics.spans import Span

Rule = dict[str, Any]


def rows_url(key: str, span: Span) -> str:
    """The list of the people, deals or conversations that this number is about; empty where there is none."""
    link = LINKS.get(key)
    return link(span) if link is not None else ""


def _list(url_name: str, rules: list[Rule], sort: str = "") -> str:
    tree = json.dumps({"all": rules}, separators=(",", ":"))
    return f"{reverse(url_name)}?{urlencode({'filter': tree, **({'sort': sort} if sort else {})})}"


def _within(field: str, span: Span) -> Rule:
    return {"field": field, "op": "between", "value": [str(span.first), str(span.end - timedelta(days=1))]}


def _new_people(span: Span) -> str:
    return _list("crm:person-list", [_within("first_order_at", span)])


def _closed_deals(span: Span) -> str:
    return _list("crm:deal-list", [_within("closed_at", span), {"field": "state", "op": "is_not", "value": "open"}])


def _answers(kind: str, span: Span) -> str:
    days = {"from": str(span.first), "to": str(span.end - timedelta(days=1))}
    return f"{reverse('analytics:feedback')}?{urlencode({'question': kind, **days})}"


LINKS: dict[str, Callable[[Span], str]] = {
    "came_back": lambda span: _list("crm:person-list", [_within("last_order_at", span)]),
    "repeat_rate": lambda span: _list("crm:person-list", [{"field": "order_count", "op": "at_least", "value": 2}]),
    "churn_expected": lambda span: _list("crm:person-list", [{"field": "risk", "op": "is", "value": "high"}], "-value"),
    "value_expected": lambda span: _list("crm:person-list", [], "-value"),
    "new_customers": _new_people,
    "cost": _new_people,
    "win_rate": _closed_deals,
    "win_rate_expected": lambda span: _list("crm:deal-list", [{"field": "state", "op": "is", "value": "open"}]),
    "pipeline": lambda span: reverse("crm:deal-forecast"),
    "revenue_expected": lambda span: reverse("analytics:forecast"),
    "first_reply": lambda span: reverse("inbox:view", args=["all"]),
    "csat": lambda span: _answers("csat", span),
    "nps": lambda span: _answers("nps", span),
    "mood": lambda span: reverse("inbox:view", args=["all"]),
    "resolution": lambda span: reverse("inbox:view", args=["closed"]),
}
