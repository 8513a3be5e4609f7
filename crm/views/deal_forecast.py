"""What the open deals may bring in the coming months."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET

from crm import formats
from crm.access import Can, allows, signed_in
from crm.charts import Datum, bar_chart
from crm.filters import FilterError
from crm.operations.workspace import current_workspace
from crm.queries.deal_forecast import Forecast, ForecastRow, deal_forecast
from crm.queries.deal_sums import summable
from crm.queries.deals import DEALS
from crm.queries.list_state import ListState
from crm.queries.lists import rows_of

from .deal_filters import filter_context
from .frames import render_part

TEMPLATE = "crm/deal_forecast.html"


@require_GET
def forecast(request: HttpRequest) -> HttpResponse:
    user = signed_in(request)
    currency = current_workspace().currency
    context = {**filter_context(request), "currency": currency, "can_sell": allows(user, Can.SELL), "error": ""}
    state = context["state"]
    try:
        deals = rows_of(DEALS, user, state)
    except FilterError as error:
        return render_part(request, TEMPLATE, {**context, "error": str(error)})
    found = deal_forecast(summable(deals, user, state), today=timezone.localdate())
    lines = _lines(found, state)
    chart = bar_chart(
        [Datum(line["label"], float(line["row"].totals.weighted), url=line["url"]) for line in lines[1:-2]],
        title=_("Expected by month, each deal by its chance"),
        words=lambda value: formats.money_whole(value, currency),
        axis_words=lambda value: formats.money_short(value, currency),
        value_head=_("Weighted"),
    )
    return render_part(request, TEMPLATE, {**context, "totals": found.totals, "lines": lines, "chart": chart})


def _lines(found: Forecast, state: ListState) -> list[dict[str, Any]]:
    rows = [
        (_("Should have closed"), found.overdue),
        *((formats.month_year_words(row.last), row) for row in found.months if row.last),
        (_("Later"), found.later),
        (_("No day set"), found.undated),
    ]
    return [{"label": label, "row": row, "url": _rows_url(row, state)} for label, row in rows]


def _rows_url(row: ForecastRow, state: ListState) -> str:
    """The list of the deals behind one line."""
    rules: list[Any] = [{"field": "state", "op": "is", "value": "open"}, _rule(row)]
    if state.filter:
        rules.append(state.filter)
    query = {"filter": json.dumps({"all": rules}, separators=(",", ":")), **({"q": state.q} if state.q else {})}
    return f"{reverse('crm:deal-list')}?{urlencode(query)}"


def _rule(row: ForecastRow) -> dict[str, Any]:
    field = "expected_close_on"
    if row.first and row.last:
        return {"field": field, "op": "between", "value": [str(row.first), str(row.last)]}
    if row.last:
        return {"field": field, "op": "before", "value": str(timezone.localdate())}
    if row.first:
        return {"field": field, "op": "after", "value": str(row.first - timedelta(days=1))}
    return {"field": field, "op": "is_empty"}
