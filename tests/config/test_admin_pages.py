"""The admin opens for managers, on every table, and for nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from automation.models import Flow
from config.admin_menu import menu
from crm import events
from crm.admin.selling import CustomFieldForm
from crm.admin.users import ColleagueForm
from crm.models import CustomField, Event, Handling, Product, Role, User
from tests.factories import make_person, make_user

pytestmark = pytest.mark.django_db
TABLES = sorted(model._meta.label_lower for model in admin.site._registry)


def address(label: str, page: str = "changelist") -> str:
    return reverse(f"admin:{label.replace('.', '_')}_{page}")


@pytest.fixture
def desk(client: Client, manager: User) -> Client:
    client.force_login(manager)
    return client


@pytest.mark.parametrize("label", TABLES)
def test_a_manager_opens_every_table(desk: Client, label: str) -> None:
    assert desk.get(address(label)).status_code == 200


def test_tables_of_libraries_are_called_as_the_menu_calls_them(desk: Client) -> None:
    page = desk.get(address("django_celery_beat.periodictask")).content.decode()
    assert "Schedules · Rapport</title>" in page
    head = page[page.index("<h1>") : page.index("</h1>")]
    assert "Doing" in head
    assert "Periodic tasks" not in page


def test_a_record_in_the_admin_says_where_it_stands(desk: Client, manager: User) -> None:
    page = desk.get(reverse("admin:crm_user_change", args=[manager.pk])).content.decode()
    head = page[page.index("<h1>") : page.index("</h1>")]
    assert "People here" in head
    assert f'href="{address("crm.user")}"' in head
    assert str(manager) in head


def test_prices_in_the_admin_are_money(desk: Client) -> None:
    Product.objects.create(name="Mug", price="31", currency="EUR")
    assert "€31.00" in desk.get(address("crm.product")).content.decode()


def test_a_list_of_the_admin_without_rows_says_so_and_a_search_leads_back(desk: Client) -> None:
    assert "Nothing here yet" in desk.get(address("crm.team")).content.decode()
    assert "Nothing fits" in desk.get(address("crm.team"), {"q": "zzz"}).content.decode()


@pytest.mark.parametrize("label", TABLES)
def test_what_can_be_added_has_a_form(desk: Client, label: str) -> None:
    assert desk.get(address(label, "add")).status_code in (200, 403)


@pytest.mark.parametrize("role", [Role.SALES, Role.SUPPORT, Role.MARKETING, Role.READONLY])
def test_staff_without_the_role_can_not_open_it(client: Client, role: Role) -> None:
    client.force_login(make_user(role))
    for label in TABLES:
        assert client.get(address(label)).status_code in (302, 403)


def test_the_menu_names_only_tables_that_exist_and_no_table_is_forgotten(desk: Client, rf: Any, manager: User) -> None:
    request = rf.get("/admin/")
    request.user = manager
    links = {str(item["link"]) for group in menu(request) for item in group["items"]}
    assert all(desk.get(link).status_code == 200 for link in links)
    beside = {"django_celery_beat.intervalschedule", "django_celery_beat.crontabschedule"}
    forgotten = {label for label in TABLES if address(label) not in links} - beside
    assert not {label for label in forgotten if not label.startswith(("axes.", "guardian."))}


def test_a_manager_can_not_make_or_change_an_owner(desk: Client, owner: User) -> None:
    page = desk.get(address("crm.user", "add")).content.decode()
    assert 'value="owner"' not in page
    assert desk.post(reverse("admin:crm_user_change", args=[owner.pk]), {"role": "sales"}).status_code == 403
    assert desk.get(reverse("admin:auth_user_password_change", args=[owner.pk])).status_code == 403


@pytest.mark.parametrize("change", [{"role": "sales"}, {"is_active": ""}])
def test_the_last_owner_stays_owner(owner: User, change: dict[str, str]) -> None:
    data = {"email": owner.email, "name": "O", "role": "owner", "scope": "all", "is_active": "on", "theme": "system"}
    form = ColleagueForm({**data, **change}, instance=owner)
    assert not form.is_valid()
    assert "at least one active owner" in str(form.errors)


def test_a_dead_letter_is_tried_again(desk: Client) -> None:
    event = Event.objects.get(person=make_person())
    dead = Handling.objects.create(event=event, consumer="x", state=Handling.State.DEAD, attempts=events.MAX_ATTEMPTS)
    desk.post(address("crm.handling"), {"action": "retry", "_selected_action": [dead.pk]})
    dead.refresh_from_db()
    assert dead.state == Handling.State.RETRY


def test_a_flow_is_switched_off(desk: Client) -> None:
    flow = Flow.objects.create(name="Test", is_on=True)
    desk.post(address("automation.flow"), {"action": "switch_off", "_selected_action": [flow.pk]})
    flow.refresh_from_db()
    assert not flow.is_on


def own_field(desk: Client, **data: str) -> Any:
    fields = {"target": "person", "label": "Shoe size", "kind": "number", "position": "0", **data}
    return desk.post(address("crm.customfield", "add"), fields)


def test_an_own_field_needs_no_key_and_its_choices_stand_one_a_line(desk: Client) -> None:
    assert own_field(desk).status_code == 302
    assert own_field(desk).status_code == 302
    assert own_field(desk, label="Größe (Fuß)", kind="choice", choices=" small \nlarge\n\nsmall").status_code == 302
    fields = CustomField.objects.order_by("pk")
    assert [field.key for field in fields] == ["shoe_size", "shoe_size_2", "grosse_fuss"]
    assert fields[2].options == ["small", "large"]
    change = reverse("admin:crm_customfield_change", args=[fields[2].pk])
    assert "small\nlarge" in desk.get(change).content.decode()
    desk.post(change, {"label": "Size", "choices": "small\nhuge", "position": "0"})
    assert CustomField.objects.get(pk=fields[2].pk).options == ["small", "huge"]
    assert CustomField.objects.get(pk=fields[2].pk).key == "grosse_fuss"


def test_a_choice_without_choices_is_refused() -> None:
    form = CustomFieldForm({"target": "person", "label": "Size", "kind": "choice", "position": "0"})
    assert form.errors == {"choices": ["Write down what can be chosen."]}


def test_a_label_in_another_script_makes_a_key(desk: Client) -> None:
    own_field(desk, label="حجم")
    assert CustomField.objects.get().key == "field"


@pytest.mark.parametrize(("name", "said"), [("", "Owner"), ("Olga Berg", "Olga Berg")])
def test_who_is_signed_in_is_named_once_above_their_address(client: Client, owner: User, name: str, said: str) -> None:
    User.objects.filter(pk=owner.pk).update(name=name)
    client.force_login(owner)
    foot = client.get("/admin/").content.decode().partition('x-on:click="openUserLinks')[2]
    assert foot.count(owner.email) == 1
    assert said in foot.partition(owner.email)[0]
