"""Reports: figures, from the rows that the reader may see."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
import time_machine

from analytics.models import ReportSpec
from analytics.queries.reports import ReportFigures, report_figures
from crm.extensions import report_sources
from crm.models import User
from tests.factories import NOW, make_deal, make_order, make_person, make_stage

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel(NOW, tick=False):
        yield


def shown(figures: ReportFigures) -> dict[str, float | None]:
    assert not figures.error, figures.error
    return {line.label: line.whole.value for line in figures.lines}


def test_revenue_by_month(owner: User) -> None:
    for days_ago, total in ((1, "20"), (2, "30"), (40, "5")):
        make_order(make_person(), days_ago=days_ago, total=total)
    figures = report_figures(ReportSpec(measure="sum.total", period="3m"), owner)
    assert shown(figures) == {"Apr 2026": 0, "May 2026": 5, "Jun 2026": 50}
    assert figures.whole.words == "€55.00"


def test_every_source_answers_every_question(owner: User) -> None:
    from analytics.queries.reports.questions import choices_of

    make_deal(person=make_person(country="DE"), amount=5)
    for source in report_sources:
        choices = choices_of(source.key)
        for measure in choices.measures:
            assert not report_figures(ReportSpec(target=source.key, measure=measure, period="all"), owner).error
        for key in choices.dimensions:
            for split in list(choices.dimensions)[:5]:
                spec = ReportSpec(target=source.key, group_by=key, split_by=split, period="all")
                answer = report_figures(spec, owner)
                assert not answer.error or "Two numbers" in answer.error, (source.key, key, split, answer.error)
            spec = ReportSpec(target=source.key, group_by="time", split_by=key, period="all", unit="week")
            assert not report_figures(spec, owner).error
        for key in choices.dates:
            for unit in ("day", "week", "month", "quarter", "year"):
                assert not report_figures(ReportSpec(target=source.key, date_by=key, unit=unit), owner).error


def test_pages(client: Any, owner: User) -> None:
    make_order(make_person(), days_ago=1)
    client.force_login(owner)
    from analytics.ready_reports import READY

    for url in ("/reports", "/reports/build", *(f"/reports/ready/{key}" for key in READY)):
        answer = client.get(url)
        assert answer.status_code == 200, url
        assert "callout" not in answer.content.decode(), (url, answer.content.decode())
        answer = client.get(url + ("/figures" if "ready" in url else ""), headers={"HX-Request": "true"})
        assert answer.status_code == 200, url
    assert client.get("/reports/filter").status_code == 200
    saved = client.post("/reports/save?what=order&measure=sum.total", {"name": "Mine"})
    assert saved.status_code == 302, saved.content.decode()
    assert client.get(saved.url).status_code == 200
    for kind in ("csv", "xlsx"):
        answer = client.post("/reports/export", {"what": "order", "format": kind})
        assert answer.status_code == 200, answer
