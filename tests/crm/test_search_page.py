"""Search as a page and inside the palette."""

import pytest
from django.test import Client

from crm.extensions import SearchSource, search_sources
from crm.models import User
from crm.parts import Hit
from tests.factories import make_company, make_deal, make_person

HTMX = {"HTTP_HX_REQUEST": "true"}


def test_the_page_shows_hits_in_groups(client: Client, sales: User) -> None:
    make_person(name="Zoë Meier")
    make_company(name="Meier & Co")
    make_deal(title="Meier spring order")
    client.force_login(sales)
    page = client.get("/search", {"q": "meier"}).content.decode()
    assert "<html" in page
    assert all(name in page for name in ("Zoë Meier", "Meier &amp; Co", "Meier spring order"))


def test_the_palette_gets_options_only(client: Client, sales: User) -> None:
    make_person(name="Zoë Meier")
    client.force_login(sales)
    response = client.get("/search", {"q": "zoe"}, **HTMX)  # type: ignore[arg-type]
    assert "<html" not in response.content.decode()
    assert 'role="option"' in response.content.decode()
    assert "HX-Request" in response["Vary"]


def test_a_stranger_finds_nothing_of_others(client: Client, owner: User, stranger: User) -> None:
    make_person(name="Zoë Meier", owner=owner)
    deal = make_deal(title="Secret deal", owner=owner)
    client.force_login(stranger)
    for text in ("meier", "secret", f"#{deal.pk}", ""):
        page = client.get("/search", {"q": text}).content.decode()
        assert "Meier" not in page
        assert "Secret deal" not in page


def test_a_number_opens_a_deal_and_an_at_finds_colleagues(client: Client, sales: User, owner: User) -> None:
    deal = make_deal(title="Spring order")
    client.force_login(sales)
    assert b"Spring order" in client.get("/search", {"q": f"#{deal.pk}"}).content
    assert str(owner).encode() in client.get("/search", {"q": f"@{owner.name[:3]}"}).content


def test_other_rooms_add_what_they_find(client: Client, sales: User) -> None:
    hit = Hit("Where is my box?", "Ann Lee", "/inbox/1", "inbox", "conversation-1")
    search_sources.register(SearchSource("test", "Conversations", lambda user, text, limit: [hit] * (text == "box")))
    try:
        client.force_login(sales)
        assert b"Where is my box?" in client.get("/search", {"q": "box"}).content
        assert b"Conversations" not in client.get("/search", {"q": "else"}).content
    finally:
        search_sources.unregister("test")


@pytest.mark.parametrize("text", ["#", "#x", "#²", "#9999999999999999999999", "@", "%", "'\"--", "\x00", "a" * 5000])
def test_odd_questions_find_nothing_and_break_nothing(client: Client, sales: User, text: str) -> None:
    client.force_login(sales)
    assert client.get("/search", {"q": text}).status_code == 200


def test_nothing_typed_shows_what_the_user_worked_on_lately(client: Client, sales: User) -> None:
    make_person(name="Somebody else")
    make_person(name="Zoë Meier", actor=sales)
    client.force_login(sales)
    page = client.get("/search", **HTMX).content.decode()  # type: ignore[arg-type]
    assert "Zoë Meier" in page
    assert "Somebody else" not in page
