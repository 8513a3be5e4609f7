"""Metrics: what the business is measured by, how each is counted, and which one foretells another."""

from __future__ import annotations

from crm.extensions import metrics

from .tables import code, table

INTRODUCTION = """\
# Metrics

The numbers of Insights, of `/api/v1/metrics/` and of the admin: one function each, counted by month, quarter and year
in the background and frozen two days after the end. Predictions are frozen when their time begins and meet what came.
"""


def page() -> str:
    rows = (
        (code(each.key), str(each.label), str(each.formula), code(each.predicts) if each.predicts else "")
        for each in metrics
    )
    return f"{INTRODUCTION}\n{table(('key', 'name', 'how it is counted', 'foretells'), rows)}"
