"""Importing orders: grouped by number, returns, anonymous sales, all or nothing per order, the same when repeated."""

from __future__ import annotations

import gzip
from decimal import Decimal

import pytest

from crm.models import ContactPoint, Event, ImportJob, ImportRow, Order, OrderLine, Person, Product, User
from crm.operations import imports
from tests.data import shared_data

from .run import imported, prepared, reasons

pytestmark = pytest.mark.django_db

HEADER = "invoice,stock_code,description,quantity,invoice_date,unit_price,customer_id,country\n"
SHOP = HEADER + (
    "536365,A1,Mug,6,2010-12-01 08:26:00,2.55,17850,United Kingdom\n"
    "536366,B2,Lamp,1,2010-12-01 09:00:00,10.00,17851,France\n"
    "536365,POST,Postage,1,2010-12-01 08:26:00,4.95,17850,United Kingdom\n"
    "C536370,A1,Mug,-2,2010-12-02 10:00:00,2.55,17850,United Kingdom\n"
    "536371,A1,Mug,3,2010-12-03 11:00:00,2.55,,United Kingdom\n"
)


def test_lines_that_lie_apart_become_one_order_with_its_fees() -> None:
    job = imported(SHOP)
    order = Order.objects.get(number="536365")
    assert (order.total, order.lines.count(), order.currency) == (Decimal("20.25"), 2, "EUR")
    assert [line.description for line in order.lines.order_by("position")] == ["Mug", "Postage"]
    assert job.counts | {"failed": 0} == {
        "created": 5, "failed": 0, "people": 2, "orders": 4, "lines": 5, "returns": 1, "anonymous": 1,
    }  # fmt: skip
    assert job.report["verified"]


def test_the_report_compares_both_sides() -> None:
    report = imported(SHOP).report
    assert report["revenue"] == {"file": "32.80", "database": "32.80"}
    assert report["customers"] == {"file": 2, "database": 2}
    assert report["orders"] == {"file": 4, "database": 4}


def test_negative_quantities_are_returns_and_missing_customers_stay_anonymous() -> None:
    imported(SHOP)
    assert Order.objects.get(number="C536370").is_return
    assert Order.objects.get(number="536371").person is None


def test_customers_get_their_figures() -> None:
    imported(SHOP)
    person = Person.objects.get(external_id="17850")
    assert (person.order_count, person.spent) == (1, Decimal("15.15"))
    assert person.first_order_at == person.last_order_at == Order.objects.get(number="536365").placed_at


def counts() -> tuple[int, ...]:
    events = Event.objects.exclude(kind="import.done")
    return Order.objects.count(), OrderLine.objects.count(), Person.objects.count(), events.count()


def test_a_repeated_file_changes_nothing() -> None:
    imported(SHOP)
    before = counts()
    job = imported(SHOP)
    assert (job.counts["skipped"], job.counts.get("created", 0)) == (5, 0)
    assert counts() == before
    assert job.report["verified"]


def test_an_order_that_differs_from_the_one_here_is_reported() -> None:
    imported(SHOP)
    job = imported(SHOP.replace("10.00", "12.00"))
    assert "with the total 10.00; the file says 12.00" in reasons(job)[3]
    assert not job.report["verified"]
    assert job.report["different"] == 1


def test_a_bad_line_refuses_its_whole_order_and_only_that() -> None:
    job = imported(SHOP.replace("4.95", "a lot"))
    assert list(reasons(job)) == [2, 4]
    assert "line 4" in reasons(job)[2]
    assert "“a lot” is not a number" in reasons(job)[4]
    assert Order.objects.count() == 3
    assert (job.counts["created"], job.counts["failed"]) == (3, 2)
    assert job.report["verified"]


def test_the_result_file_can_be_mended_and_imported_again() -> None:
    job = imported(SHOP.replace("4.95", "a lot"))
    mended = "".join(imports.result_lines(job)).replace("a lot", "4.95")
    again = imported(mended, source=job.source)
    assert again.counts["created"] == 2
    assert Order.objects.get(number="536365").total == Decimal("20.25")


def test_an_order_without_a_date_is_refused() -> None:
    job = imported(SHOP.replace("2010-12-03 11:00:00", ""))
    assert reasons(job) == {6: "Order 536371 has no date."}


def test_events_say_what_happened_and_start_no_automation() -> None:
    imported(SHOP)
    events = Event.objects.filter(kind__in=("order.placed", "order.returned"))
    assert events.filter(via=Event.Via.IMPORT).count() == events.count() == 4
    assert not any("run_flows" in event.data for event in events)
    assert events.get(kind="order.returned").at.year == 2010


def test_automations_see_the_rows_when_asked() -> None:
    imported(SHOP, run_flows=True)
    assert all(event.data["run_flows"] for event in Event.objects.filter(kind="order.placed"))


def test_articles_are_made_once() -> None:
    imported(SHOP)
    assert sorted(Product.objects.values_list("sku", "name")) == [("A1", "Mug"), ("B2", "Lamp"), ("POST", "Postage")]


def test_a_file_with_one_row_per_order_and_an_address() -> None:
    job = imported(
        "Order number;Date;Customer name;E-mail;Total\n1001;03.04.2024;Ada King;ADA@example.org;1.234,50\n"
        "1002;25.04.2024;Ada King;ada@example.org;-34,50\n"
    )
    person = ContactPoint.objects.get(normalised="ada@example.org").person
    assert (person.name, person.spent, person.order_count) == ("Ada King", Decimal("1200"), 1)
    assert job.report["verified"]
    assert Order.objects.get(number="1001").placed_at.date().isoformat() == "2024-04-03"


def test_order_level_cells_may_stand_on_the_first_row_only() -> None:
    imported(
        "Name,Email,Financial Status,Total,Created at,Lineitem quantity,Lineitem name,Lineitem price,Lineitem sku,"
        "Currency\n"
        "#1001,a@example.org,paid,30.00,2024-05-01 10:00:00 +0200,1,Mug,10.00,M1,EUR\n"
        "#1001,,,,,2,Tea,7.50,T1,\n"
        "#1002,b@example.org,voided,5.00,2024-05-02 10:00:00 +0200,1,Tea,5.00,T1,EUR\n"
    )
    order = Order.objects.get()
    assert (order.number, order.total, order.lines.count(), order.source) == (
        "#1001", Decimal(30), 2, "shopify-orders",
    )  # fmt: skip
    assert Order.objects.count() == 1


def test_without_order_numbers_one_customer_at_one_moment_is_one_order() -> None:
    job = imported(
        "customer_id,date,quantity,price\n1,2024-01-05,1,10\n1,2024-01-05,2,5\n1,2024-02-05,1,7\n2,2024-01-05,1,3\n"
    )
    assert (job.kind, Order.objects.count(), Person.objects.count()) == ("orders", 3, 2)
    assert job.report["verified"]


def test_ambiguous_dates_are_asked_about_before_anything_is_written() -> None:
    job = prepared("order number,date,total\n1,03/04/2024,5\n2,05/06/2024,6\n")
    with pytest.raises(imports.ImportNotReadyError, match="day or the month"):
        imports.start_job(job=job)
    imports.set_up_job(job=job, stated=imports.JobSettings(dates="mdy"))
    imports.work_on(imports.start_job(job=job).pk)
    assert Order.objects.get(number="1").placed_at.date().isoformat() == "2024-03-04"


def test_a_file_without_amounts_is_refused_in_words() -> None:
    with pytest.raises(imports.ImportNotReadyError, match="amount"):
        imports.start_job(job=prepared("order number,date,customer id\n1,2024-04-03,5\n", kind="orders"))


def test_who_sees_own_records_only_owns_what_they_import(stranger: User) -> None:
    imported(SHOP, actor=stranger)
    assert set(Person.objects.values_list("owner", flat=True)) == {stranger.pk}


def test_orders_of_a_colleagues_customer_are_refused(stranger: User, manager: User) -> None:
    imported(SHOP, actor=manager)
    Person.objects.update(owner=manager)
    job = imported(HEADER + "9,A1,Mug,1,2011-01-01,1,17850,France\n", actor=stranger)
    assert reasons(job) == {2: "This customer belongs to a colleague."}
    assert not Order.objects.filter(number="9").exists()


def test_two_thousand_real_lines_are_verified() -> None:
    with gzip.open(shared_data("online_retail/transactions.csv.gz"), "rt", encoding="utf-8") as file:
        text = "".join(next(file) for _ in range(2_001))
    job = imported(text)
    assert job.state == ImportJob.State.DONE
    assert job.report["verified"], job.report
    assert job.report["lines"] == {"file": 2_000, "database": 2_000}
    assert ImportRow.objects.filter(job=job, target="order").count() == job.counts["orders"]
