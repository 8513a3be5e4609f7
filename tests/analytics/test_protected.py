"""Own fields that tell what nobody is to be judged by: kept from predictions, unless a manager says why not."""

from __future__ import annotations

import pytest
import time_machine
from auditlog.models import LogEntry
from django.test import Client
from django.utils import timezone

from analytics.models import WIN, FieldRuling, ModelVersion
from analytics.operations.protected import NoReasonError, allow_field, protect_field
from analytics.queries.deal_history import deal_columns, own_fields, read_histories
from analytics.queries.protected import protected_page, protected_words
from crm.models import CustomField, Event, User
from tests.factories import NOW, make_deal

from .deal_shop import make_closed_deals
from .here import learn_here

pytestmark = pytest.mark.django_db
PAGE = "/insights/protected"
WHY = "The law asks insurers to rate by it"


def make_field(label: str = "Geschlecht", *, target: str = "deal", **fields: object) -> CustomField:
    key = f"f{CustomField.objects.count()}"
    values = {"kind": "choice", "feeds_models": True, **fields}
    return CustomField.objects.create(target=target, key=key, label=label, **values)


def names_read() -> set[str]:
    deal = make_deal()
    return {one.name for one in deal_columns(read_histories([deal.pk]), [(deal.pk, timezone.now())])}


def test_a_protected_field_is_in_no_frame_although_its_box_is_ticked() -> None:
    kept, read = make_field(), make_field("Size")
    assert own_fields("deal") == [read]
    assert f"custom.{kept.key}" not in names_read()


def test_choices_give_a_field_away() -> None:
    make_field("Group", options=["female", "male"])
    assert own_fields("deal") == []


def test_a_manager_allows_it_with_a_reason_and_takes_it_back(manager: User) -> None:
    field = make_field()
    allow_field(field=field, actor=manager, why=WHY)
    assert own_fields("deal") == [field]
    assert f"custom.{field.key}" in names_read()
    event = Event.objects.get(kind="field.allowed")
    assert (event.actor, event.data["why"]) == (manager, WHY)
    assert LogEntry.objects.get_for_object(FieldRuling.objects.get()).exists()
    for _time in range(2):
        protect_field(field=field, actor=manager)
    assert own_fields("deal") == []
    assert Event.objects.filter(kind="field.protected").count() == 1


@pytest.mark.parametrize("why", ["", "   ", "ok", "\0\0\0\0\0\0\0\0\0\0\0"])
def test_without_a_reason_it_stays_protected(manager: User, why: str) -> None:
    field = make_field()
    with pytest.raises(NoReasonError):
        allow_field(field=field, actor=manager, why=why)
    assert own_fields("deal") == []


def test_a_manager_protects_a_field_whose_name_says_nothing(manager: User) -> None:
    field = make_field("Box 7")
    assert own_fields("deal") == [field]
    protect_field(field=field, actor=manager)
    assert own_fields("deal") == []
    assert [line.meaning for line in protected_page().protected] == ["Protected by a manager"]
    allow_field(field=field, actor=manager, why=WHY)
    assert own_fields("deal") == [field]
    assert not FieldRuling.objects.exists()


def test_the_card_of_the_next_model_says_what_was_left_out_and_what_was_read(
    monkeypatch: pytest.MonkeyPatch, manager: User, client: Client
) -> None:
    make_field(), make_field("Alter", kind="number")
    allow_field(field=CustomField.objects.get(label="Alter"), actor=manager, why=WHY)
    with time_machine.travel(NOW, tick=True):
        make_closed_deals()
        learn_here(monkeypatch, WIN)
    card = ModelVersion.objects.get(task=WIN).card
    assert card["protected"]["left_out"] == [{"label": "Geschlecht", "meaning": "gender"}]
    assert card["protected"]["allowed"][0]["why"] == WHY
    client.force_login(manager)
    page = client.get(f"/insights/models/{WIN}").content.decode()
    assert "Left out, since nobody is to be judged by it: Geschlecht." in page
    assert WHY in page


def test_the_page_rules_and_the_wrong_people_do_not(client: Client, manager: User, sales: User) -> None:
    field = make_field("<b>Religion</b>")
    client.force_login(sales)
    page = client.get(PAGE).content.decode()
    assert "&lt;b&gt;Religion&lt;/b&gt;" in page
    assert "Let predictions read it" not in page
    assert client.get(f"{PAGE}/{field.pk}/allow").status_code == 403
    assert client.post(f"{PAGE}/{field.pk}/keep").status_code == 403
    client.force_login(manager)
    assert "Never read by predictions" in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}/{field.pk}/allow").status_code == 200
    assert client.post(f"{PAGE}/{field.pk}/allow", {"why": "short"}).status_code == 422
    assert client.post(f"{PAGE}/{field.pk}/allow", {"why": WHY}).status_code == 302
    assert "Read all the same" in client.get(PAGE).content.decode()
    assert client.get(f"{PAGE}/{field.pk}/keep").status_code == 405
    assert client.post(f"{PAGE}/{field.pk}/keep").status_code == 302
    assert client.get(f"{PAGE}/0/allow").status_code == 404
    assert own_fields("deal") == []


def test_without_own_fields_the_page_says_so(client: Client, sales: User) -> None:
    client.force_login(sales)
    assert "No field is protected" in client.get(PAGE).content.decode()


@pytest.mark.parametrize(("columns", "is_said"), [([], False), ([["days", "number"], ["language", "category"]], True)])
def test_a_model_that_reads_country_or_language_says_that_these_may_go_along_with_origin(
    columns: list[list[str]], is_said: bool
) -> None:
    card = {"protected": {"left_out": [], "allowed": []}, "columns": columns}
    said = " ".join(protected_words(ModelVersion(task="contract_30", card=card)))
    assert "does not look at age" in said
    assert ("may go along with origin" in said) is is_said
