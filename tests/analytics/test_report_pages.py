"""The pages of reports, their files, mails, the API, and counts that take long."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone
from openpyxl import load_workbook
from pytest_django import DjangoAssertNumQueries, DjangoCaptureOnCommitCallbacks

from analytics.models import Report, ReportResult, ReportSpec
from analytics.operations import report_mails, report_results
from analytics.operations.report_mails import mail_due_reports
from analytics.operations.report_results import answered, count_left_behind, count_result
from analytics.operations.reports import save_report
from analytics.queries.time_limit import TooSlowError, at_most
from analytics.ready_reports import READY
from crm.models import Event, User
from inbox.models import Message, Post
from tests.crm.test_api import Api
from tests.factories import NOW, make_order, make_person
from tests.inbox.test_receive_message import receive
from tests.pages import page

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("clock_stands")]
HOSTILE = '<script>alert("x")</script> =1+1'


def make_report(owner: User, **fields: Any) -> Report:
    spec = fields.pop("spec", ReportSpec("person", "count", "country", period="all"))
    return save_report(actor=owner, **{"name": "Mine", "spec": spec, **fields})


# --- reading ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("key", READY)
def test_ready_reports_open_empty_and_filled(as_owner: Client, key: str) -> None:
    assert "Nothing to show" in page(as_owner, f"/reports/ready/{key}")
    make_order(make_person())
    assert "callout" not in page(as_owner, f"/reports/ready/{key}?period=all")


def test_the_list_shows_own_shared_and_ready_ones(as_owner: Client, owner: User, manager: User) -> None:
    assert "Your own reports stand here" in page(as_owner, "/reports")
    make_report(owner, name=HOSTILE)
    make_report(manager, name="Of the manager", is_shared=True)
    make_report(manager, name="Secret")
    words = page(as_owner, "/reports")
    assert "&lt;script&gt;" in words
    assert "Of the manager" in words
    assert f"by {manager}" in words
    assert "Secret" not in words
    assert "<script>alert" not in words
    found = as_owner.get("/reports?q=manager", headers={"HX-Request": "true"}).content.decode()
    assert "Of the manager" in found
    assert "<html" not in found
    assert "script" not in found
    assert "No report of this name" in page(as_owner, "/reports?q=nothing+like+this")


def test_the_list_takes_few_questions(
    as_owner: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(20):
        make_report(owner, name=f"Report {number}")
    with django_assert_max_num_queries(12):
        page(as_owner, "/reports")


def test_a_report_shows_figures_a_chart_and_a_table(
    as_owner: Client, owner: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    make_person(country=HOSTILE)
    report = make_report(owner)
    with django_assert_max_num_queries(20):
        words = page(as_owner, f"/reports/{report.pk}")
    for said in ("hbars", "report-table", "Number of people", "All time", "Counted", "just now"):
        assert said in words
    assert "<script>alert" not in words
    other = as_owner.get(f"/reports/{report.pk}?period=30d", headers={"HX-Request": "true"}).content.decode()
    assert "May 17" in other
    assert "<html" not in other


def test_a_part_of_another_page_is_narrowed(as_owner: Client, owner: User) -> None:
    make_person(country="DE")
    make_person(country="FR")
    report = make_report(owner)
    tree = json.dumps({"all": [{"field": "country", "op": "is", "value": "DE"}]})
    words = page(as_owner, f"/reports/{report.pk}/figures?filter={tree}&from=2026-01-01&to=2026-12-31")
    assert "DE" in words
    assert ">FR<" not in words
    assert "Nothing to show" in page(as_owner, f"/reports/{report.pk}/figures?from=2020-01-01&to=2020-12-31")
    assert "can&#x27;t be read" in page(as_owner, f"/reports/{report.pk}/figures?filter=nonsense")
    assert "There is no field" in page(as_owner, f'/reports/{report.pk}/figures?filter={{"field":"gone"}}')


def test_an_empty_answer_says_why_and_names_a_filter_only_where_one_is_set(as_owner: Client, owner: User) -> None:
    everybody = make_report(owner, spec=ReportSpec("person", "count", "country", period="12m"))
    some = {"all": [{"field": "country", "op": "is", "value": "DE"}]}
    germans = make_report(owner, name="DE", spec=ReportSpec("person", "count", "city", period="12m", filter=some))
    filters, nothing = "take a filter away", "There was nothing of this in the period"
    assert nothing in page(as_owner, f"/reports/{everybody.pk}")
    assert "There is nothing of this yet." in page(as_owner, f"/reports/{everybody.pk}?period=all")
    assert filters in page(as_owner, f"/reports/{germans.pk}")
    tile = f"/reports/{germans.pk}/figures"
    assert nothing in page(as_owner, tile)  # its own filter can't be taken away from a dashboard
    assert filters in page(as_owner, f"{tile}?filter={json.dumps(some)}")
    assert filters not in page(as_owner, f"/reports/{everybody.pk}/figures?from=2020-01-01&to=2020-12-31")


def test_moods_are_drawn_in_the_colours_of_what_they_mean(as_owner: Client) -> None:
    for number, mood in enumerate(("negative", "neutral", "positive")):
        message = receive(f"m{number}", subject=mood, from_address=f"p{number}@example.org")
        Message.objects.filter(pk=message.pk).update(sentiment=mood)
    words = page(as_owner, "/reports/ready/mood")
    keys = re.findall(r'chart-keys__dot (tone-\w+)"></span><span[^>]*>(\w+)', words)
    assert {name: tone for tone, name in keys} == {
        "Unhappy": "tone-bad", "Neutral": "tone-none", "Happy": "tone-good",
    }  # fmt: skip
    parts = set(re.findall(r'chart__part (tone-\w+)"', words))
    assert parts == {"tone-bad", "tone-none", "tone-good"}


def test_strangers_find_no_private_report(client: Client, owner: User, stranger: User) -> None:
    report = make_report(owner)
    client.force_login(stranger)
    for url in (f"/reports/{report.pk}", f"/reports/{report.pk}/figures", f"/reports/build?report={report.pk}",
                f"/reports/{report.pk}/name", "/reports/99999", "/reports/ready/nothing",
                f"/reports/save?report={report.pk}"):  # fmt: skip
        page(client, url, 404)
    assert client.post(f"/reports/{report.pk}/delete").status_code == 404


def test_a_shared_report_shows_each_reader_their_own(client: Client, owner: User, stranger: User) -> None:
    make_person(owner=owner, country="DE")
    report = make_report(owner, is_shared=True)
    client.force_login(stranger)
    words = page(client, f"/reports/{report.pk}")
    assert "Nothing to show" in words
    assert "Make it yours" in words
    for url in (f"/reports/{report.pk}/name", f"/reports/build?report={report.pk}"):
        page(client, url, 404)
    assert client.post(f"/reports/{report.pk}/delete").status_code == 404
    assert Report.objects.count() == 1


def test_who_is_signed_out_is_sent_to_sign_in(client: Client) -> None:
    assert client.get("/reports").status_code == 302


def test_wrong_methods_are_refused(as_owner: Client, owner: User) -> None:
    report = make_report(owner)
    for url in ("/reports", "/reports/build", f"/reports/{report.pk}"):
        assert as_owner.post(url).status_code == 405
    for url in ("/reports/export", f"/reports/{report.pk}/delete", "/reports/restore"):
        assert as_owner.get(url).status_code == 405


# --- building and keeping -----------------------------------------------------------------------------------------


def test_the_builder_answers_each_question_at_once(as_owner: Client) -> None:
    make_order(make_person(country="DE"), total="20")
    assert "Number of orders by month" in page(as_owner, "/reports/build")
    words = page(as_owner, "/reports/build?of=order&what=person&measure=sum.total&by=channel")
    assert "Number of people by month" in words  # what orders have means nothing for people
    words = page(as_owner, "/reports/build?what=person&by=country&split=source&chart=stacked&period=custom")
    assert "Number of people by Country and Source" in words
    assert 'name="from"' in words
    words = page(as_owner, '/reports/build?what=person&by=&filter={"all":[{"field":"gone","op":"is","value":1}]}')
    assert "chip--broken" in words
    assert "There is no field" in words


@pytest.mark.parametrize(
    "query",
    ["what=nothing", "what=person&by=owner__password", "measure=%00", "filter=[1]", "filter={", "from=9999-99-99",
     "period=never&chart=pie&unit=hour", "report=99999999999999999999", "what=" + "x" * 5000],
)  # fmt: skip
def test_strange_questions_are_answered_in_words(as_owner: Client, query: str) -> None:
    assert as_owner.get(f"/reports/build?{query}").status_code in (200, 404)
    assert as_owner.get(f"/reports/filter?{query}").status_code in (200, 404)


def test_a_rule_is_built_and_put_into_the_question(as_owner: Client) -> None:
    words = as_owner.get("/reports/filter?what=order&field=channel", headers={"HX-Request": "true"}).content.decode()
    assert "starts with" in words
    put = as_owner.get("/reports/filter?what=order&field=channel&op=is&value=web&apply=1")
    assert put.status_code == 302
    assert "Channel is web" in page(as_owner, put.url)  # type: ignore[attr-defined]
    assert as_owner.get("/reports/filter?what=order&field=total&op=is&value=no&apply=1").status_code == 422


def test_a_report_is_saved_changed_copied_and_named(as_owner: Client, owner: User) -> None:
    query = "what=person&measure=count&by=country&period=all"
    assert as_owner.post(f"/reports/save?{query}", {"name": " My  report ", "is_shared": "on"}).status_code == 302
    report = Report.objects.get()
    assert (report.name, report.is_shared, report.group_by) == ("My report", True, "country")
    again = as_owner.post(f"/reports/save?{query}", {"name": "My report"})
    assert again.status_code == 422
    assert "already" in again.content.decode()
    as_owner.post(f"/reports/save?what=person&by=city&period=all&report={report.pk}", {"name": "My report"})
    report.refresh_from_db()
    assert (report.group_by, report.is_shared) == ("city", False)
    as_owner.post(f"/reports/save?{query}", {"name": "A copy"})
    as_owner.post(f"/reports/{report.pk}/name", {"name": "Renamed", "mailed": "week"})
    report.refresh_from_db()
    assert (report.name, report.mailed) == ("Renamed", "week")
    assert as_owner.post(f"/reports/{report.pk}/name", {"name": "A copy"}).status_code == 422
    assert Event.objects.filter(kind="report.saved").count() == 4


def test_what_cannot_be_answered_is_not_saved(as_owner: Client) -> None:
    answer = as_owner.post("/reports/save?what=person&by=gone", {"name": "Bad"})
    assert answer.status_code == 422
    assert not Report.objects.exists()
    assert as_owner.post("/reports/save?what=person", {"name": ""}).status_code == 422


def test_only_who_may_share_shares(client: Client, readonly: User) -> None:
    client.force_login(readonly)
    assert "is_shared" not in page(client, "/reports/save?what=person")
    client.post("/reports/save?what=person", {"name": "Own", "is_shared": "on"})
    assert not Report.objects.get().is_shared


def test_a_removed_report_is_put_back_once(as_owner: Client, owner: User) -> None:
    report = make_report(owner, is_shared=True)
    asked = report.spec
    assert as_owner.post(f"/reports/{report.pk}/delete").status_code == 302
    assert "Removed: Mine" in page(as_owner, "/reports")
    make_report(owner)
    assert as_owner.post("/reports/restore").status_code == 302
    back = Report.objects.get(name="Mine (2)")
    assert (back.spec, back.is_shared) == (asked, True)
    assert as_owner.post("/reports/restore").status_code == 404


def test_a_saved_report_whose_field_is_gone_says_so(as_owner: Client, owner: User) -> None:
    report = make_report(owner)
    Report.objects.update(group_by="custom.gone", filter={"all": [{"field": "gone"}]})
    assert "There is no field" in page(as_owner, f"/reports/{report.pk}")
    assert "There is no field" in page(as_owner, f"/reports/build?report={report.pk}")


# --- files, mails, programs ---------------------------------------------------------------------------------------


def test_figures_go_out_as_csv_and_sheet_with_no_formulas(as_owner: Client, owner: User) -> None:
    make_person(country="=HYPERLINK(1)")
    make_person(country="DE")
    asked = {"what": "person", "by": "country", "period": "all", "name": "My Report"}
    csv = as_owner.post("/reports/export", {**asked, "format": "csv"})
    assert csv.content.decode() == ("\ufeffCountry,Number of people\r\n'=HYPERLINK(1),1\r\nDE,1\r\nAll,2\r\n")
    assert 'filename="my-report-2026-06-15.csv"' in csv["Content-Disposition"]
    sheet = as_owner.post("/reports/export", {**asked, "format": "xlsx"})
    rows = list(load_workbook(BytesIO(sheet.content)).worksheets[0].values)
    assert rows[1] == ("'=HYPERLINK(1)", 1)
    exported = Event.objects.filter(kind="records.exported")
    assert [event.data for event in exported] == [{"target": "report.person", "rows": 2}] * 2
    assert as_owner.post("/reports/export", {"what": "person", "by": "gone"}).status_code == 302
    assert as_owner.post("/reports/export", {"filter": "{"}).status_code == 404


def test_who_may_not_export_does_not(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert client.post("/reports/export", {"what": "person"}).status_code == 403
    assert "As CSV" not in page(client, "/reports/build")


def test_a_report_comes_by_mail_once_in_its_time(owner: User) -> None:
    make_person(country="DE")
    report = make_report(owner, mailed="week")
    make_report(owner, name="Not mailed")
    monday = datetime(2026, 6, 22, 7, tzinfo=UTC)
    assert mail_due_reports(NOW) == 0  # it was asked for today
    assert mail_due_reports(monday - timedelta(hours=2)) == 0
    assert [mail_due_reports(monday) for _ in range(2)] == [1, 0]
    Report.objects.update(mailed_on=None)
    mail_due_reports(monday)  # a crash before the note: the same mail is not sent twice
    [post] = Post.objects.all()
    assert post.to_address == owner.email
    assert post.subject == "Report: Mine"
    for said in ("DE: 1", "All: 1", f"/reports/{report.pk}"):
        assert said in post.body
    owner.is_active = False
    owner.save()
    assert mail_due_reports(monday + timedelta(days=7)) == 0
    assert report_mails.MORNING == 6


def test_programs_read_reports_and_their_figures(owner: User, stranger: User) -> None:
    make_person(country="DE", owner=owner)
    report = make_report(owner, is_shared=True)
    secret = make_report(owner, name="Secret")
    rows = Api(owner).get("reports/").json()["results"]
    assert [row["name"] for row in rows] == ["Secret", "Mine"]
    figures = Api(owner).get(f"reports/{report.pk}/figures/").json()
    assert figures["state"] == "ready"
    assert figures["lines"] == [{"label": "DE", "value": 1, "rows": 1, "series": []}]
    assert Api(stranger).get(f"reports/{report.pk}/figures/").json()["lines"] == []
    assert Api(stranger).get(f"reports/{secret.pk}/figures/").status_code == 404
    assert Api(owner).get("reports/x/figures/").status_code == 404
    assert Api(owner).post("reports/", {}).status_code == 405
    Report.objects.update(group_by="gone")
    assert Api(owner).get(f"reports/{report.pk}/figures/").json()["state"] == "refused"


# --- counts that take long ----------------------------------------------------------------------------------------


def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever may not wait long gets no answer."""
    from analytics.queries.reports import figures

    def limited(seconds: float | None) -> Any:
        if seconds is not None and seconds < 10:
            raise TooSlowError
        return at_most(None)

    monkeypatch.setattr(figures, "at_most", limited)


def test_a_long_count_is_done_by_a_worker_and_shown(
    as_owner: Client, owner: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_person(country="DE")
    report = make_report(owner)
    slow(monkeypatch)
    words = page(as_owner, f"/reports/{report.pk}")
    assert "There is a lot to count" in words
    page(as_owner, f"/reports/{report.pk}/figures")
    [result] = ReportResult.objects.all()  # asked for once
    for _ in range(2):
        count_result(result.pk)
    words = page(as_owner, f"/reports/{report.pk}")
    assert "DE" in words
    assert "There is a lot to count" not in words
    make_person(country="FR")
    with time_machine.travel(NOW + timedelta(minutes=20), tick=False):
        assert "20 minutes ago" in page(as_owner, f"/reports/{report.pk}")
        assert ReportResult.objects.get().state == "waiting"  # it is shown, and counted anew
        count_result(result.pk)
        assert "FR" in page(as_owner, f"/reports/{report.pk}")


def test_a_long_count_is_the_readers_own(owner: User, stranger: User, monkeypatch: pytest.MonkeyPatch) -> None:
    make_person(owner=owner)
    slow(monkeypatch)
    spec = ReportSpec("person", "count", "")
    for user in (owner, stranger):
        assert answered(spec, user).is_waiting
    for result in ReportResult.objects.all():
        count_result(result.pk)
    assert answered(spec, owner).whole.value == 1
    assert answered(spec, stranger).whole.value == 0
    owner.scope = "own"
    owner.save()
    assert answered(spec, owner).is_waiting  # what was counted for other eyes is not shown


def test_a_count_that_fails_says_why(owner: User, monkeypatch: pytest.MonkeyPatch) -> None:
    slow(monkeypatch)
    spec = ReportSpec("person", "count", "")
    answered(spec, owner)
    monkeypatch.setattr(report_results, "WORKER_SECONDS", 1.0)
    count_result(ReportResult.objects.get().pk)
    assert "takes too long" in answered(spec, owner).error


def test_what_a_dead_worker_left_is_taken_up(
    owner: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    woken: list[int] = []
    monkeypatch.setattr(report_results, "wake", woken.append)
    slow(monkeypatch)
    with django_capture_on_commit_callbacks(execute=True):
        answered(ReportSpec("person", "count", ""), owner)
    result = ReportResult.objects.get()
    ReportResult.objects.update(leased_until=timezone.now() + timedelta(minutes=1))
    count_result(result.pk)
    result.refresh_from_db()
    assert result.state == "waiting"  # another worker has it
    assert count_left_behind() == 0
    ReportResult.objects.update(leased_until=timezone.now() - timedelta(minutes=1))
    assert count_left_behind() == 1
    assert woken == [result.pk, result.pk]
    with time_machine.travel(NOW + timedelta(days=3), tick=False):
        count_left_behind()
    assert not ReportResult.objects.exists()


def test_a_database_that_takes_too_long_is_stopped(owner: User) -> None:
    from django.db import connection

    endless = (
        "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 100000000) SELECT count(*) FROM n"
    )
    with time_machine.travel(NOW, tick=True), pytest.raises(TooSlowError), at_most(0.05), connection.cursor() as cursor:
        cursor.execute(endless)
    assert User.objects.exists()
