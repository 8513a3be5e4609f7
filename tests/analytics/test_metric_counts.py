"""When the numbers of the business are counted, and when they stay as they are."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from analytics.models import MetricFigure, SalesForecast
from analytics.operations.metrics import (
    count_metrics,
    count_metrics_if_due,
    count_metrics_soon,
    follow_imports,
)
from analytics.operations.sales import recount_all_months
from crm.extensions import metrics
from crm.models import Event, Order
from tests.factories import NOW, make_order, make_person

from .business import JUNE, close, figure, sell

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]
MAY = date(2026, 5, 1)


def test_every_metric_counts_an_empty_shop_without_a_word_of_error() -> None:
    assert count_metrics() > 100
    assert not MetricFigure.objects.filter(frozen_at__isnull=False).exists()
    assert set(MetricFigure.objects.values_list("metric", flat=True)) <= {metric.key for metric in metrics}


def test_a_month_that_is_over_is_frozen_and_never_changes() -> None:
    sell(12, days_ago=40, total="10")
    count_metrics()
    frozen = figure("revenue", MAY)
    assert frozen.frozen_at is not None
    assert figure("revenue").frozen_at is None
    make_order(make_person(), days_ago=40, total="999")
    recount_all_months()
    with time_machine.travel(NOW + timedelta(hours=3), tick=False):
        count_metrics()
    assert figure("revenue", MAY).value == frozen.value
    assert figure("revenue", MAY).counted_at == frozen.counted_at


def test_a_month_is_frozen_two_days_after_its_end() -> None:
    sell(12)
    count_metrics()
    with time_machine.travel("2026-07-02T12:00:00Z", tick=False):
        count_metrics()
        assert figure("revenue").frozen_at is None
        make_order(make_person(), days_ago=3, total="5")
        recount_all_months()
    with time_machine.travel("2026-07-03T12:00:00Z", tick=False):
        count_metrics()
    assert figure("revenue").value == 245
    assert figure("revenue").frozen_at is not None


def test_what_is_known_of_now_alone_stays_as_it_was_counted_last() -> None:
    sell(12)
    count_metrics()
    with time_machine.travel("2026-07-03T12:00:00Z", tick=False):
        sell(12)
        count_metrics()
    row = figure("repeat_rate")
    assert (row.sample, row.frozen_at is not None) == (12, True)


def test_a_prediction_is_said_once_and_meets_what_came() -> None:
    SalesForecast.objects.create(
        unit="month", period=JUNE, origin=JUNE, step=1, value=200, low=100, high=300, low95=1, high95=9, simple=4
    )
    sell(12)
    count_metrics()
    SalesForecast.objects.update(value=999)
    with time_machine.travel("2026-07-03T12:00:00Z", tick=False):
        count_metrics()
    said = figure("revenue_expected")
    assert (said.value, said.outcome) == (200, 240)


def test_the_coming_month_is_foretold_anew_until_it_begins() -> None:
    july = date(2026, 7, 1)
    row = {"unit": "month", "period": july, "low": 1, "high": 9, "low95": 1, "high95": 9, "simple": 4}
    SalesForecast.objects.create(origin=JUNE, step=2, value=200, **row)
    count_metrics()
    assert figure("revenue_expected", july).frozen_at is None
    SalesForecast.objects.update(value=300)
    count_metrics()
    assert figure("revenue_expected", july).value == 300
    assert not MetricFigure.objects.filter(metric="revenue", starts_on=july).exists()


def test_an_imported_past_is_counted_anew_and_a_witnessed_one_is_not() -> None:
    sell(12, days_ago=40, total="10")
    count_metrics()
    with time_machine.travel("2026-07-03T12:00:00Z", tick=False):
        sell(12, days_ago=10)
        count_metrics()
        witnessed = figure("revenue").value
        sell(5, days_ago=60, total="10")
        follow_imports([Event(kind="import.done", at=timezone.now(), data={})])
        count_metrics()
    assert figure("revenue").value == witnessed
    assert (
        figure("revenue", MAY).value
        == Order.objects.filter(placed_at__gte="2026-05-01T00:00Z", placed_at__lt="2026-06-01T00:00Z").count() * 10
    )


def test_counting_rests_until_something_has_changed() -> None:
    assert count_metrics_if_due()
    assert not count_metrics_if_due()
    count_metrics_soon()
    assert count_metrics_if_due()


def test_counting_takes_queries_by_the_metric_and_not_by_the_row(django_assert_max_num_queries: Any) -> None:
    sell(30)
    close(3, 3)
    count_metrics()
    with django_assert_max_num_queries(260):
        count_metrics()
