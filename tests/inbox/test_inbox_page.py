"""The inbox as colleagues use it, and as strangers don't."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from crm.models import User
from crm.queries.keyset import cut
from inbox.models import Conversation, Draft, Message, Post
from inbox.operations.conversations import reply
from inbox.operations.readings import set_reading
from inbox.queries import lists
from inbox.queries.lists import NOTHING, VIEWS
from tests.inbox.test_receive_message import receive

pytestmark = pytest.mark.django_db


@pytest.fixture
def desk(client: Client, support: User) -> Client:
    client.force_login(support)
    return client


@pytest.fixture
def conversation(db: None) -> Conversation:
    return receive().conversation


def url(name: str, conversation: Conversation, view: str = "open") -> str:
    return reverse(f"inbox:{name}", args=[view, conversation.pk])


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_without_a_single_conversation(desk: Client, view: str) -> None:
    page = desk.get(f"/inbox/{view}").content.decode()
    assert "Nothing waits here" in page
    assert str(NOTHING.get(view, "your web form or the API")) in page


def test_an_unknown_view_is_not_there(desk: Client) -> None:
    assert desk.get("/inbox/everything").status_code == 404


def test_one_that_is_erased_while_the_list_is_read_is_not_in_it(
    desk: Client, conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = receive(
        "other", from_address="kim@mail.example", subject="Ghent", text="Do you deliver there?"
    ).conversation

    def cut_late(*args: Any, **options: Any) -> Any:
        found = cut(*args, **options)
        assert conversation.pk in found.ids
        Conversation.objects.filter(pk=conversation.pk).delete()
        return found

    monkeypatch.setattr(lists, "cut", cut_late)
    page = desk.get("/inbox/all")
    assert page.status_code == 200
    assert url("conversation", other, "all") in page.content.decode()


def test_reading_marks_it_as_read(desk: Client, conversation: Conversation) -> None:
    page = desk.get(url("conversation", conversation)).content.decode()
    assert "Where is my parcel?" in page
    conversation.refresh_from_db()
    assert not conversation.is_unread


def test_an_answer_is_written_and_waits_to_be_sent(desk: Client, conversation: Conversation, support: User) -> None:
    answer = desk.post(url("write", conversation), {"text": "On its way", "seen": "0"}, follow=True)
    assert answer.status_code == 409
    seen = conversation.messages.get().pk
    desk.post(url("write", conversation), {"text": "On its way", "seen": seen})
    conversation.refresh_from_db()
    assert (conversation.status, conversation.assignee) == ("waiting", support)
    assert Post.objects.get().state == Post.State.QUEUED
    assert "Waits until a mail server is set up" in desk.get(url("conversation", conversation)).content.decode()


@pytest.mark.parametrize("button", [{}, {"note": "1"}, {"close": "1"}])
def test_a_button_pressed_twice_writes_once(desk: Client, conversation: Conversation, button: dict[str, str]) -> None:
    seen, key = conversation.messages.get().pk, desk.get(url("conversation", conversation)).context["form"]["key"]
    for _time in range(2):
        data = {"text": "On its way", "seen": seen, "key": key.value(), **button}
        assert desk.post(url("write", conversation), data).status_code == 302
    assert conversation.messages.exclude(direction=Message.Direction.IN).count() == 1
    assert Post.objects.count() == (0 if button == {"note": "1"} else 1)


def test_another_text_from_a_page_one_went_back_to_is_written_too(desk: Client, conversation: Conversation) -> None:
    for text in ("On its way", "It is the blue one"):
        desk.post(url("write", conversation), {"text": text, "key": "k"})
    assert Post.objects.count() == 2


def keep(desk: Client, conversation: Conversation, text: str, **data: str) -> str:
    answer = desk.post(url("draft", conversation), {"text": text, "kind": "answer", "key": "k", **data})
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_draft_is_kept_for_who_wrote_it(desk: Client, conversation: Conversation, sales: User) -> None:
    assert keep(desk, conversation, "  Half an ans") == "Draft kept"
    page = desk.get(url("conversation", conversation))
    assert (page.context["form"]["text"].value(), page.context["is_note"]) == ("  Half an ans", False)
    assert page.context["form"]["key"].value() != "k"
    other = Client()
    other.force_login(sales)
    assert not other.get(url("conversation", conversation)).context["form"]["text"].value()


def test_the_draft_of_a_note_stays_a_note(desk: Client, conversation: Conversation) -> None:
    keep(desk, conversation, "He is rude", kind="note")
    assert desk.get(url("conversation", conversation)).context["is_note"]


@pytest.mark.parametrize("button", [{}, {"note": "1"}])
def test_what_is_sent_is_no_draft_and_does_not_come_back(
    desk: Client, conversation: Conversation, button: dict[str, str]
) -> None:
    keep(desk, conversation, "On its way")
    desk.post(url("write", conversation), {"text": "On its way", "key": "k", **button})
    assert not Draft.objects.exists()
    assert keep(desk, conversation, "On its way") == ""  # what a script sent a moment too late
    assert not Draft.objects.exists()


def test_an_emptied_draft_is_gone_and_an_endless_one_refused(desk: Client, conversation: Conversation) -> None:
    keep(desk, conversation, "Hm")
    keep(desk, conversation, " ")
    assert not Draft.objects.exists()
    endless = {"text": "a" * 50_001, "kind": "answer", "key": "k"}
    assert desk.post(url("draft", conversation), endless).status_code == 422


def test_what_was_typed_survives_a_newer_message(desk: Client, conversation: Conversation) -> None:
    receive("m2", text="Never mind!")
    page = desk.post(url("write", conversation), {"text": "My long answer", "seen": "1"})
    assert page.status_code == 409
    assert "My long answer" in page.content.decode()
    assert not Post.objects.exists()


def test_a_note_is_not_sent(desk: Client, conversation: Conversation) -> None:
    desk.post(url("write", conversation), {"text": "Rude again", "note": "1"})
    assert conversation.messages.filter(direction=Message.Direction.NOTE).count() == 1
    assert not Post.objects.exists()


def test_an_empty_answer_is_refused_in_words(desk: Client, conversation: Conversation) -> None:
    assert desk.post(url("write", conversation), {"text": "  "}).status_code == 422


def test_close_reopen_snooze_and_assign(desk: Client, conversation: Conversation, sales: User) -> None:
    for name, data, status in (
        ("close", {}, "closed"),
        ("reopen", {}, "open"),
        ("snooze", {"until": "tomorrow"}, "snoozed"),
        ("assign", {"assignee": sales.pk}, "snoozed"),
    ):
        assert desk.post(url(name, conversation), data).status_code == 302
        conversation.refresh_from_db()
        assert conversation.status == status
    assert conversation.assignee == sales
    assert conversation.snoozed_until is not None


def test_closing_goes_on_to_the_next_and_can_be_taken_back(desk: Client) -> None:
    older, newer = receive("m1", subject="One").conversation, receive("m2", subject="Two").conversation
    answer = desk.post(url("close", newer), follow=True)
    assert answer.redirect_chain[-1][0] == url("conversation", older)
    page = answer.content.decode()
    assert "Closed: Two" in page
    assert f'action="{url("reopen", newer)}"' in page
    assert desk.post(url("close", older))["Location"] == "/inbox/open"


def test_only_who_answers_customers_can_be_given_a_conversation(
    desk: Client, conversation: Conversation, sales: User, readonly: User
) -> None:
    for colleague, is_given in ((readonly, False), (sales, True)):
        desk.post(url("assign", conversation), {"assignee": colleague.pk})
        conversation.refresh_from_db()
        assert (conversation.assignee == colleague) is is_given
    desk.post(url("assign", conversation), {"assignee": ""})
    conversation.refresh_from_db()
    assert conversation.assignee is None


def test_it_is_left_unread_for_later(desk: Client, conversation: Conversation) -> None:
    desk.get(url("conversation", conversation))
    desk.post(url("unread", conversation))
    conversation.refresh_from_db()
    assert conversation.is_unread


def test_the_list_comes_again_only_when_it_has_changed(desk: Client, conversation: Conversation) -> None:
    mark = desk.get("/inbox/open").context["listing"].mark
    assert desk.get("/inbox/open/rows", {"seen": mark}).status_code == 204
    receive("m2", subject="A second matter")
    fresh = desk.get("/inbox/open/rows", {"seen": mark, "current": "x"}).content.decode()
    assert "A second matter" in fresh
    assert 'hx-swap-oob="true"' in fresh


def test_messages_come_again_when_there_are_new_ones_or_a_mail_fared_on(
    desk: Client, conversation: Conversation, support: User
) -> None:
    reply(conversation=conversation, actor=support, text="On its way")
    mark = desk.get(url("conversation", conversation)).context["thread"].mark
    assert desk.get(url("messages", conversation), {"seen": mark}).status_code == 204
    Post.objects.update(state=Post.State.FAILED, error="550 No such user", due_at=None)
    fresh = desk.get(url("messages", conversation), {"seen": mark})
    assert "550 No such user" in fresh.content.decode()
    mark = fresh.context["thread"].mark
    receive("m2", text="Found it, thank you")
    assert "Found it, thank you" in desk.get(url("messages", conversation), {"seen": mark}).content.decode()
    conversation.refresh_from_db()
    assert not conversation.is_unread


FATES = (
    ("sent", "", "Sent"),
    ("failed", "550 No such user", "Send again"),
    ("unknown", "It broke off.", "It is not known whether it arrived."),
    ("queued", "450 later", "Try now"),
    ("queued", "", "Waiting to be sent"),
    ("transmitting", "", "Being handed over"),
)


@pytest.mark.parametrize("fate", FATES)
def test_the_fate_of_an_answer_is_told_in_words(
    desk: Client, conversation: Conversation, support: User, settings: Any, fate: tuple[str, str, str]
) -> None:
    settings.EMAIL_HOST = "mail.example.com"
    reply(conversation=conversation, actor=support, text="On its way")
    state, error, words = fate
    Post.objects.update(state=state, error=error)
    page = desk.get(url("conversation", conversation)).content.decode()
    assert words in page
    assert error in page


def test_a_failed_answer_is_sent_again_by_a_button(desk: Client, conversation: Conversation, support: User) -> None:
    post = reply(conversation=conversation, actor=support, text="On its way").post
    Post.objects.update(state=Post.State.FAILED, due_at=None)
    desk.post(reverse("inbox:resend", args=["open", conversation.pk, post.pk]))
    post.refresh_from_db()
    assert (post.state, post.attempts) == (Post.State.QUEUED, 0)


POSTS = ("write", "assign", "close", "reopen", "snooze", "unread", "draft")


def test_a_stranger_finds_nothing(client: Client, stranger: User, conversation: Conversation) -> None:
    client.force_login(stranger)
    assert "Parcel" not in client.get("/inbox/open").content.decode()
    assert client.get(url("conversation", conversation)).status_code == 404
    assert client.get(f"/people/{conversation.person_id}/_part/conversations").status_code == 404
    for name in POSTS:
        assert client.post(url(name, conversation), {"text": "x"}).status_code == 404
    assert conversation.messages.count() == 1


def test_somebody_who_only_reads_can_not_write(client: Client, readonly: User, conversation: Conversation) -> None:
    client.force_login(readonly)
    assert "Send answer" not in client.get(url("conversation", conversation)).content.decode()
    for name in POSTS:
        assert client.post(url(name, conversation), {"text": "x"}).status_code == 403


def test_hostile_text_is_shown_as_text(desk: Client) -> None:
    bad = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    conversation = receive(text=bad, subject=bad, from_name=bad).conversation
    page = desk.get(url("conversation", conversation)).content.decode()
    assert "<script>alert" not in page
    assert "<img src=x" not in page


def test_search_finds_by_subject_and_by_sender(desk: Client) -> None:
    receive("m1", subject="Broken mug")
    receive("m2", subject="Invoice", from_address="bob@example.net", from_name="Bob")
    assert "Invoice" not in desk.get("/inbox/open?q=mug").content.decode()
    assert "Invoice" in desk.get("/inbox/open?q=bob@example").content.decode()


def test_search_finds_by_number_and_by_words_of_the_newest_message(desk: Client, conversation: Conversation) -> None:
    for q in (f"#{conversation.pk}", str(conversation.pk), "my parcel"):
        assert [row.pk for row in desk.get("/inbox/all", {"q": q}).context["listing"].rows] == [conversation.pk]


def test_the_search_of_the_shell_finds_conversations(
    desk: Client, client: Client, stranger: User, conversation: Conversation
) -> None:
    for q in ("Parcel", f"#{conversation.pk}"):
        assert url("conversation", conversation, "all") in desk.get("/search", {"q": q}).content.decode()
    client.force_login(stranger)
    assert "/inbox/all/" not in client.get("/search", {"q": "Parcel"}).content.decode()


def test_the_timeline_of_the_person_has_the_words_and_leads_to_the_conversation(
    desk: Client, conversation: Conversation, support: User
) -> None:
    reply(conversation=conversation, actor=support, text="It is on its way")
    page = desk.get(f"/people/{conversation.person_id}/").content.decode()
    for words in ("Where is my parcel?", "It is on its way", url("conversation", conversation, "all")):
        assert words in page


def test_a_search_without_hits_offers_to_look_everywhere(desk: Client, conversation: Conversation) -> None:
    assert "/inbox/all?q=zebra" in desk.get("/inbox/open?q=zebra").content.decode()
    assert "Search in all" not in desk.get("/inbox/all?q=zebra").content.decode()


def test_without_mail_the_page_says_so_and_leads_whoever_sets_up_there(
    client: Client, support: User, manager: User, settings: Any
) -> None:
    settings.EMAIL_HOST = ""
    for user, is_led in ((support, False), (manager, True)):
        client.force_login(user)
        page = client.get("/inbox/open").content.decode()
        assert "no mail server is set up" in page
        assert ("/settings/mail" in page) is is_led


def test_older_conversations_are_a_page_away(desk: Client) -> None:
    for number in range(35):
        receive(f"m{number}", subject=f"Matter {number}")
    first = desk.get("/inbox/open")
    listing = first.context["listing"]
    assert len(listing.rows) == 30
    assert len(desk.get(listing.next_url).context["listing"].rows) == 5


def test_queries_do_not_grow_with_conversations(desk: Client, django_assert_max_num_queries: Any) -> None:
    for number in range(12):
        last = receive(f"m{number}", subject=f"Matter {number}", from_address=f"p{number}@example.org")
    desk.get(url("conversation", last.conversation))
    with django_assert_max_num_queries(16):
        desk.get(url("conversation", last.conversation))


def shown_mood(page: str) -> str:
    """What stands on the button that opens the choice of moods."""
    return page.split('class="mood"')[1].split("</button>", maxsplit=1)[0]


@pytest.mark.parametrize(
    ("sentiment", "words", "in_list"),
    [("negative", "Unhappy", True), ("positive", "Happy", False), ("neutral", "Neutral", False)],
)
def test_the_mood_of_a_message_is_shown_in_words(
    desk: Client, conversation: Conversation, sentiment: str, words: str, in_list: bool
) -> None:
    message = conversation.messages.get()
    set_reading(message=message, reading=Message.Reading.READ, language="de", sentiment=sentiment, score=0.1)
    page = desk.get(url("conversation", conversation)).content.decode()
    assert words in shown_mood(page)
    assert "German" in page
    assert (words in desk.get("/inbox/open").content.decode()) == in_list


def test_without_a_mood_the_page_says_why(desk: Client, conversation: Conversation) -> None:
    message = conversation.messages.get()
    set_reading(message=message, reading=Message.Reading.UNSUPPORTED_LANGUAGE, language="tr")
    page = desk.get(url("conversation", conversation)).content.decode()
    assert "Mood is not read in this language" in page
    assert "Turkish" in page
    assert "Unhappy" not in shown_mood(page)


def test_the_readers_own_language_is_not_worth_a_word(desk: Client, conversation: Conversation) -> None:
    set_reading(message=conversation.messages.get(), reading=Message.Reading.TOO_SHORT, language="en")
    page = desk.get(url("conversation", conversation)).content.decode()
    assert "Too short to tell the mood" in page
    assert "English" not in page.split("<main", 1)[1]


def test_a_persons_panel_and_timeline_tell_the_mood(desk: Client, conversation: Conversation) -> None:
    set_reading(message=conversation.messages.get(), reading=Message.Reading.READ, language="en", sentiment="negative")
    panel = reverse("inbox:person-panel", args=[conversation.person_id])
    assert "Unhappy" in desk.get(panel).content.decode()
    person = reverse("crm:person-detail", args=[conversation.person_id])
    assert "Sounds unhappy: Parcel" in desk.get(person).content.decode()
