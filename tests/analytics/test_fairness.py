"""Groups of people compared on the hold-out: where a model is off by more than chance explains."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from random import Random

import numpy as np
import pytest
import time_machine
from django.core.management import call_command
from django.test import Client

from analytics.learning import all_tasks
from analytics.models import WIN, DealRehearsal, ModelVersion, Rehearsal, ScoredTask
from analytics.operations.rehearsals import keep_rehearsals
from analytics.queries.fairness import fairness_page
from crm.models import CustomField, Deal, Person, Scope, User
from tests.factories import NOW, make_deal, make_person, make_user

from .deal_shop import make_closed_deals
from .here import learn_here
from .shop import make_shop, make_version

pytestmark = pytest.mark.django_db
GROUPS = "/insights/models/churn/groups"


def rehearse(task: str = ScoredTask.CHURN, *, off: float = 0.0) -> None:
    """400 people of three countries; in Spain more comes than is said by `off`."""
    chance, version = Random(4), make_version(task)
    people = Person.objects.bulk_create(
        Person(name=f"P{number}", country=("FR", "ES", "IT")[number % 3], custom={"vip": number % 2 == 0})
        for number in range(400)
    )
    for person in people:
        said = chance.uniform(0.2, 0.8)
        came = chance.random() < said + (off if person.country == "ES" else 0)
        Rehearsal.objects.create(version=version, person=person, predicted=said, actual=float(came))


def test_the_group_that_the_model_is_wrong_about_is_named(owner: User) -> None:
    rehearse(off=0.3)
    page = fairness_page(owner, "churn", "country")
    assert {line.name: bool(line.verdict) for line in page.lines} == {"FR": False, "ES": True, "IT": False}
    assert "ES" in page.says
    assert sum(int(line.people) for line in page.lines) == 400


def test_what_chance_explains_is_no_difference(owner: User) -> None:
    rehearse()
    page = fairness_page(owner, "churn", "country")
    assert not any(line.verdict for line in page.lines)


def test_small_groups_stand_together_and_those_without_a_value_too(owner: User) -> None:
    version = make_version()
    for number in range(60):
        country = "FR" if number < 40 else f"C{number % 2}" if number < 50 else ""
        person = make_person(name=f"P{number}", country=country)
        Rehearsal.objects.create(version=version, person=person, predicted=0.5, actual=number % 2)
    lines = fairness_page(owner, "churn", "country").lines
    assert [(line.name, line.people) for line in lines] == [
        ("FR", "40"),
        ("Smaller groups", "10"),
        ("Not filled in", "10"),
    ]


def test_own_fields_owners_and_languages_can_be_compared(owner: User, as_reader: Client) -> None:
    CustomField.objects.create(target="person", key="vip", label="VIP", kind=CustomField.Kind.BOOLEAN)
    rehearse()
    Person.objects.filter(country="FR").update(language="fr", owner=owner)
    assert {line.name for line in fairness_page(owner, "churn", "custom.vip").lines} == {"Yes", "No"}
    assert [line.name for line in fairness_page(owner, "churn", "language").lines] == ["French", "Not filled in"]
    assert [line.name for line in fairness_page(owner, "churn", "owner").lines] == [str(owner), "Not filled in"]
    page = as_reader.get(f"{GROUPS}?by=custom.vip").content.decode()
    assert '<option value="custom.vip" selected>VIP</option>' in page


@pytest.fixture
def as_reader(client: Client, owner: User) -> Client:
    client.force_login(owner)
    return client


def test_money_is_said_as_money(owner: User, as_reader: Client) -> None:
    version = make_version(ScoredTask.VALUE)
    for number in range(80):
        person = make_person(name=f"P{number}", country="FR" if number % 2 else "ES")
        Rehearsal.objects.create(version=version, person=person, predicted=100, actual=100 + number % 2 * 50 + number)
    page = fairness_page(owner, "value", "country")
    assert page.lines[0].said == "€100"
    assert "Money for each customer" in as_reader.get("/insights/models/value/groups").content.decode()


def test_before_the_first_learning_the_page_says_when_there_will_be_something(as_reader: Client) -> None:
    assert "Nothing to compare yet" in as_reader.get(GROUPS).content.decode()
    assert as_reader.get("/insights/models/nothing/groups").status_code == 404
    assert as_reader.get(f"{GROUPS}?by=%27%22").status_code == 200


def test_only_people_whom_the_reader_sees_are_counted(owner: User) -> None:
    rehearse()
    reader = make_user(scope=Scope.OWN)
    Person.objects.filter(country="FR").update(owner=reader)
    assert [line.name for line in fairness_page(reader, "churn", "country").lines] == ["FR"]


def test_the_page_asks_a_fixed_number_of_queries(as_reader: Client, django_assert_max_num_queries: object) -> None:
    rehearse()
    as_reader.get(GROUPS)
    with django_assert_max_num_queries(12):  # type: ignore[operator]
        as_reader.get(GROUPS)


def test_a_training_leaves_its_hold_out_and_not_of_those_who_want_no_profiling() -> None:
    quiet = make_shop()[0]
    Person.objects.filter(pk=quiet.pk).update(no_profiling=True)
    call_command("retrain", "--task", "churn", stdout=StringIO())
    kept = Rehearsal.objects.count()
    assert kept > 30
    assert not Rehearsal.objects.filter(person=quiet).exists()
    assert 0.05 < sum(Rehearsal.objects.values_list("actual", flat=True)) / kept < 0.95


def test_what_is_kept_is_of_people_who_are_there_and_of_one_version(tmp_path: Path) -> None:
    ann, ben = make_person(name="Ann"), make_person(name="Ben", no_profiling=True)
    file = tmp_path / "held.npz"
    np.savez(file, ids=[ann.pk, ben.pk, 10**9], predicted=[0.1, 0.2, 0.3], actual=[0.0, 1.0, 1.0])
    old, new = make_version(), make_version()
    assert keep_rehearsals(old, file) == 1
    assert keep_rehearsals(new, file) == 1
    assert list(Rehearsal.objects.values_list("version", "person")) == [(new.pk, ann.pk)]
    assert keep_rehearsals(new, tmp_path / "none.npz") == 0
    assert not Rehearsal.objects.exists()


def rehearse_deals(off: float = 0.4) -> None:
    """120 deals of three sources; of those from the fair fewer are won than said."""
    chance, version = Random(5), ModelVersion.objects.create(task=WIN, number=1, folder="none", state="champion")
    for number in range(120):
        source = ("Fair", "Friend", "Shop")[number % 3]
        deal = make_deal(lead_source=source, title=f"D{number}")
        said = 0.5
        came = chance.random() < said - (off if source == "Fair" else 0)
        DealRehearsal.objects.create(version=version, deal=deal, predicted=said, actual=float(came))


def test_deals_are_compared_and_the_sentence_has_both_shares(owner: User, as_reader: Client) -> None:
    rehearse_deals()
    page = fairness_page(owner, WIN, "source")
    fair = next(line for line in page.lines if line.name == "Fair")
    assert fair.verdict
    assert fair.says == f"Fair: for 40 deals we said 50%, and {fair.came} came."
    low, high = fair.came_between.split(" – ")
    assert float(low.rstrip("%")) < float(fair.came.rstrip("%")) < float(high.rstrip("%")) < 50
    shown = as_reader.get(f"/insights/models/{WIN}/groups").content.decode()
    assert fair.says in shown
    assert "Deals" in shown
    assert "Groups of fewer than 30 stand together" in shown


def test_every_task_with_a_chance_can_be_compared(as_reader: Client) -> None:
    for task in all_tasks():
        assert as_reader.get(f"/insights/models/{task}/groups").status_code == 200, task


def test_a_stranger_compares_only_the_deals_that_they_see(stranger: User) -> None:
    rehearse_deals()
    assert not fairness_page(stranger, WIN, "source").lines


def test_the_page_says_whether_the_model_reads_the_field(owner: User) -> None:
    rehearse_deals()
    ModelVersion.objects.update(card={"columns": [["source", "category"]]})
    assert "looks at this field" in fairness_page(owner, WIN, "source").sees
    assert "does not look at" in fairness_page(owner, WIN, "team").sees


def test_own_fields_of_the_person_compare_deals_too(owner: User) -> None:
    CustomField.objects.create(target="person", key="vip", label="VIP", kind=CustomField.Kind.BOOLEAN)
    rehearse_deals()
    ann = make_person(name="Ann", custom={"vip": True})
    Deal.objects.filter(lead_source="Fair").update(person=ann)
    assert [line.name for line in fairness_page(owner, WIN, "person.custom.vip").lines] == ["Yes", "Not filled in"]


def test_a_training_of_deals_leaves_one_row_of_each_deal(monkeypatch: pytest.MonkeyPatch) -> None:
    with time_machine.travel(NOW, tick=True):
        make_closed_deals()
        learn_here(monkeypatch, WIN, anew=True)
    kept = DealRehearsal.objects.count()
    assert kept > 60
    assert DealRehearsal.objects.values("deal").distinct().count() == kept
