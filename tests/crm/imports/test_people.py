"""Importing people and companies: matched, filled in, never doubled, never signed up again."""

from __future__ import annotations

import csv
import io
import json

import pytest

from crm.models import Company, ContactPoint, Domain, Employment, Event, ImportJob, Note, Person, Tag, User
from tests.data import shared_data
from tests.factories import make_company, make_person

from .run import imported, reasons

pytestmark = pytest.mark.django_db

CONTACTS = (
    "First Name,Last Name,Email,Phone,Company,Job Title,City,Tags,Notes\n"
    'Ada,King,ada@example.org,+44 20 7946 0018,Analytical Ltd,Engineer,London,"vip,press",Met at the fair\n'
    "Bo,Lind,BO@Example.org,,,,Malmö,,\n"
)


def test_people_come_in_with_all_that_belongs_to_them() -> None:
    job = imported(CONTACTS)
    ada = Person.objects.get(name="Ada King")
    assert (ada.given_name, ada.family_name, ada.job_title, ada.city) == ("Ada", "King", "Engineer", "London")
    assert sorted(ada.contact_points.values_list("kind", "normalised", "is_primary")) == [
        ("email", "ada@example.org", True), ("phone", "+442079460018", True),
    ]  # fmt: skip
    assert Employment.objects.get(person=ada).company.name == "Analytical Ltd"
    assert set(ada.tags.values_list("name", flat=True)) == {"vip", "press"}
    assert Note.objects.get(person=ada).body == "Met at the fair"
    assert "ada@example.org" in ada.search_text
    assert (job.counts["created"], job.report["verified"]) == (2, True)


def test_a_repeated_file_changes_nothing() -> None:
    imported(CONTACTS)
    before = (Person.objects.count(), ContactPoint.objects.count(), Note.objects.count(), Tag.objects.count())
    job = imported(CONTACTS)
    assert (job.counts["skipped"], job.counts.get("created"), job.counts.get("updated")) == (2, None, None)
    assert (Person.objects.count(), ContactPoint.objects.count(), Note.objects.count(), Tag.objects.count()) == before


@pytest.mark.parametrize(
    ("duplicates", "city", "job_title"), [("fill", "Paris", "Engineer"), ("overwrite", "London", "Engineer")]
)
def test_known_people_are_filled_in_or_overwritten(duplicates: str, city: str, job_title: str) -> None:
    make_person(name="Ada King", email="ada@example.org", city="Paris")
    job = imported(CONTACTS, duplicates=duplicates)
    ada = Person.objects.get(name="Ada King")
    assert (ada.city, ada.job_title, ada.version) == (city, job_title, 2)
    assert (job.counts["updated"], job.counts["created"]) == (1, 1)
    assert Event.objects.filter(kind="person.changed", person=ada).count() == 1


def test_known_people_can_be_left_alone() -> None:
    make_person(name="A. K.", email="ada@example.org")
    job = imported(CONTACTS, duplicates="skip")
    assert reasons(job) == {2: "This person is here already."}
    assert not Person.objects.filter(name="Ada King").exists()


def test_the_same_person_twice_in_one_file_is_one_person() -> None:
    job = imported("Name,Email,City\nAda,ada@example.org,\nAda King,ADA@example.org,London\n")
    person = Person.objects.get()
    assert (person.name, person.city) == ("Ada", "London")
    assert (job.counts["created"], job.counts["updated"]) == (1, 1)


def test_two_customers_of_one_source_stay_two_although_they_share_an_address() -> None:
    job = imported("Customer ID,Name,Email\n1,Ada,family@example.org\n2,Bo,family@example.org\n", kind="people")
    assert Person.objects.count() == 2
    assert "belongs to Ada" in reasons(job)[3]


def test_a_bad_address_is_left_out_with_a_reason_and_the_person_comes_in() -> None:
    job = imported("Name,Email,Phone\nAda,not an address,call me\n")
    assert Person.objects.get().contact_points.count() == 0
    assert "no e-mail address" in reasons(job)[2]
    assert "no phone number" in reasons(job)[2]
    assert job.counts["created"] == 1


def test_a_row_that_names_nobody_is_refused() -> None:
    job = imported("Name,Email,City\n,,London\nAda,,\n")
    assert (job.counts["failed"], job.counts["created"]) == (1, 1)
    assert "no name" in reasons(job)[2]


def test_an_import_takes_over_opt_outs_and_never_signs_anybody_up_again() -> None:
    person = make_person(email="ada@example.org")
    imported("Email,Email Opt Out\nada@example.org,yes\nbo@example.org,no\n", kind="people")
    point = person.contact_points.get()
    assert point.opted_out_at is not None
    imported("Email,Email Opt Out\nada@example.org,no\n", kind="people")
    point.refresh_from_db()
    assert point.opted_out_at is not None


def test_formulas_stay_text() -> None:
    imported("Name,Email\n\"=cmd|'/c calc'!A0\",a@example.org\n")
    assert Person.objects.get().name == "=cmd|'/c calc'!A0"


def test_people_of_a_colleague_are_not_touched(stranger: User, manager: User) -> None:
    make_person(name="Ada", email="ada@example.org", owner=manager)
    job = imported(CONTACTS, actor=stranger)
    assert reasons(job) == {2: "This person belongs to a colleague."}
    assert Person.objects.get(name="Bo Lind").owner == stranger


def test_newcomers_are_linked_to_the_company_of_their_mail_domain() -> None:
    company = make_company(name="Lovelace", domain="lovelace.example")
    imported("Name,Email\nAda,ada@lovelace.example\n")
    assert Employment.objects.get().company == company


def test_companies_are_matched_by_number_domain_and_name() -> None:
    make_company(name="Known Ltd")
    make_company(name="By Domain", domain="acme.example")
    job = imported(
        "Company name,Website,Industry,Number of employees\nknown ltd,,Tea,5\nKnown Ltd,,Coffee,\n"
        "ACME GmbH,https://www.acme.example/de,Tools,50\nNew Co,new.example,,\n",
        kind="companies",
    )
    assert set(Company.objects.values_list("name", flat=True)) == {"Known Ltd", "By Domain", "New Co"}
    assert Company.objects.get(name="By Domain").industry == "Tools"
    assert Domain.objects.filter(name="new.example").exists()
    assert job.report["verified"]


def test_four_thousand_people_are_counted_to_the_last() -> None:
    rows = "".join(f"{i},Person {i},p{i}@example.org\n" for i in range(4_000))
    job = imported("Customer ID,Name,Email\n" + rows, kind="people")
    assert job.rows == sum(job.counts.get(name, 0) for name in ("created", "updated", "skipped", "failed")) == 4_000
    assert Person.objects.count() == 4_000


def test_naughty_strings_come_in_as_they_are_or_with_a_reason() -> None:
    strings = json.loads(shared_data("corpora/strings/blns/blns.json").read_text())
    text = io.StringIO(newline="")
    csv.writer(text).writerows([["Name", "Email", "City", "Tags", "Notes", "Job Title"], *([s] * 6 for s in strings)])
    job = imported(text.getvalue(), kind="people", dates="dmy", decimal=".")
    assert job.state == ImportJob.State.DONE, job.error
    assert job.report["verified"]
    assert job.rows == sum(job.counts.get(name, 0) for name in ("created", "updated", "skipped", "failed"))
