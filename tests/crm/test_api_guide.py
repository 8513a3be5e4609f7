"""docs/api.md tells the truth: its commands are run, in their order, and answer as it says."""

from __future__ import annotations

import re
import shlex
from argparse import ArgumentParser
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client

from crm.api.auth import ApiThrottle
from crm.models import Event, Order, Person, User
from crm.operations.tokens import create_token
from inbox.models import Message
from tests.factories import make_person

pytestmark = pytest.mark.django_db
GUIDE = (Path(settings.BASE_DIR) / "docs" / "api.md").read_text()
SITE = "http://localhost:8000"


def commands() -> list[tuple[str, int]]:
    """Each command of the guide with the status that stands under it."""
    blocks = re.findall(r"```sh\n(.*?)```", GUIDE, re.DOTALL)
    return [
        (line, int(status)) for block in blocks for line, status in re.findall(r"^(curl .*)\n# (\d+)$", block, re.M)
    ]


def run(command: str, secret: str) -> Any:
    """What curl would do, on the test client."""
    curl = ArgumentParser()
    curl.add_argument("-X", default="GET")
    curl.add_argument("-H", action="append", default=[])
    curl.add_argument("-d", default="")
    curl.add_argument("-G", action="store_true")
    curl.add_argument("--data-urlencode", default="")
    curl.add_argument("url")
    said = curl.parse_args(shlex.split(command.replace("$TOKEN", secret))[1:])
    url = said.url.removeprefix(SITE)
    if said.data_urlencode:
        name, _, value = said.data_urlencode.partition("=")
        url += "?" + urlencode({name: value})
    headers = dict(header.split(": ", 1) for header in said.H)
    kind = headers.pop("Content-Type", "application/octet-stream")
    return Client().generic(said.X, url, said.d, content_type=kind, headers=headers)


def about(person: Person, command: str) -> str:
    """The guide calls the first person 1."""
    return command.replace("/people/1/", f"/people/{person.pk}/").replace('"person": 1', f'"person": {person.pk}')


def test_every_command_answers_as_the_guide_says(sales: User) -> None:
    ann = make_person(name="Ann", email="ann@example.org")
    secret = create_token(user=sales, name="guide", scope="write")[1]
    answers = [(command, status, run(about(ann, command), secret)) for command, status in commands()]
    assert [(command, answer.status_code) for command, _, answer in answers] == [
        (command, status) for command, status, _ in answers
    ]
    assert len(answers) >= 13
    assert Person.objects.count() == 2
    assert (Order.objects.get().person_id, Message.objects.get().conversation.person_id) == (ann.pk, ann.pk)
    assert set(Event.objects.filter(kind__in=("person.changed", "order.placed")).values_list("via", flat=True)) == {
        "api"
    }


def test_the_limit_is_the_one_that_the_guide_names() -> None:
    assert f"more than {ApiThrottle.rate.removesuffix('/min')} calls a minute" in GUIDE
