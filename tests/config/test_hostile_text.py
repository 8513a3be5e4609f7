"""Text of customers, files and colleagues stays text on every page, in every dialog, panel and table of the admin."""

from __future__ import annotations

import json
import logging
from typing import Any

import pytest
from django.contrib import admin
from django.test import Client
from django.urls import reverse

from crm.models import Company, CustomField, Deal, Person, Product, Stage, Tag, Team, User, Workspace
from crm.operations.deals import move_deal
from crm.operations.imports import prepare_job
from crm.operations.work import set_tags
from inbox.models import Channel
from inbox.operations.conversations import add_internal_note
from tests.config.addresses import KNOWN, World, addresses, make_world
from tests.factories import make_stage

pytestmark = pytest.mark.django_db
EVIL = "'\"><img src=x onerror=alert(1)>"
RAW = ("<img src=x", "'\"><", '"><img')


@pytest.fixture
def evil_world(owner: User, caplog: pytest.LogCaptureFixture) -> World:
    """Every text that somebody can write holds markup."""
    caplog.set_level(logging.WARNING, "rapport.request")
    User.objects.filter(pk=owner.pk).update(name=EVIL)
    Team.objects.create(name=EVIL)
    Product.objects.create(name=EVIL, sku=EVIL, price=1, currency="EUR")
    for target in ("person", "company", "deal"):
        CustomField.objects.create(target=target, key="own", label=EVIL)
    world = make_world(owner, EVIL)
    for model in (Person, Company, Deal):
        model.objects.update(custom={"own": EVIL}, source=EVIL[:50])
    texts = dict.fromkeys(("given_name", "family_name", "job_title", "address", "city", "postcode"), EVIL)
    Person.objects.update(**{name: text[:20] if name == "postcode" else text for name, text in texts.items()})
    Company.objects.update(industry=EVIL, address=EVIL, city=EVIL, phone=EVIL[:50])
    Workspace.objects.update_or_create(pk=1, defaults={"name": EVIL})
    Channel.objects.update(name=EVIL, greeting=EVIL)
    Tag.objects.create(name=EVIL)
    for record in (world["person"], world["company"], world["deal"]):
        set_tags(record=record, names=[EVIL], actor=owner)
    move_deal(deal=world["deal"], stage=make_stage("Lost"), actor=owner, lost_reason=EVIL)
    Stage.objects.filter(name="New").update(name=EVIL)
    add_internal_note(conversation=world["conversation"], actor=owner, text=EVIL)
    sheet = f'"{EVIL.replace(chr(34), chr(34) * 2)}",email\n"{EVIL.replace(chr(34), chr(34) * 2)}",a@b.example\n'
    world["import"] = prepare_job(actor=owner, name=f"{EVIL}.csv", chunks=iter([sheet.encode()]))
    return world


def check(answer: Any, where: str) -> None:
    if not answer.streaming and "html" in answer["Content-Type"]:
        text = answer.content.decode()
        assert not [raw for raw in RAW if raw in text], where
    if "HX-Trigger" in answer:
        json.loads(answer["HX-Trigger"])


def test_it_is_escaped_on_every_page_and_in_every_dialog(client: Client, owner: User, evil_world: World) -> None:
    client.force_login(owner)
    for name in sorted(KNOWN):
        for url in addresses(name, evil_world):
            check(client.get(url, {"q": EVIL, "name": EVIL, "title": EVIL}, headers={"HX-Request": "true"}), url)
        check(client.get(next(addresses(name, evil_world))), name)
    assert "&lt;img src=x onerror=alert(1)&gt;" in client.get("/people/").content.decode()


def test_it_is_escaped_in_what_a_form_answers(client: Client, owner: User, evil_world: World) -> None:
    client.force_login(owner)
    fields = (
        "name",
        "title",
        "text",
        "email",
        "subject",
        "company",
        "value",
        "reason",
        "body",
        "domain",
        "q",
        "filter",
    )
    leaves = {"crm:sign-out", "crm:demo", "crm:record-delete", "analytics:train"}
    for name in sorted(KNOWN - leaves):
        if not name.startswith("api"):
            for url in list(addresses(name, evil_world))[:1]:
                check(client.post(url, dict.fromkeys(fields, EVIL), headers={"HX-Request": "true"}), url)


def test_it_is_escaped_in_the_admin(client: Client, owner: User, evil_world: World) -> None:
    client.force_login(owner)
    for model, table in admin.site._registry.items():
        name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
        check(client.get(reverse(f"{name}_changelist")), name)
        rows: Any = model._default_manager.all()
        for row in rows.order_by("-pk")[:2]:
            check(client.get(reverse(f"{name}_change", args=[row.pk])), name)
        assert table is not None
    check(client.get("/admin/"), "index")


def test_it_is_escaped_on_the_public_form(client: Client, evil_world: World) -> None:
    check(client.get("/f/contact"), "form")
    check(client.post("/f/contact", {"name": EVIL, "email": EVIL, "subject": EVIL, "text": EVIL}), "form")
