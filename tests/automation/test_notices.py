"""What colleagues are told of by themselves, once, and never of their own doing."""

from __future__ import annotations

import pytest
from django.utils import timezone

from automation.models import Notification, Run
from automation.operations import runs
from crm.events import due_events
from crm.models import User
from crm.operations.work import add_note
from crm.tasks import handle_events
from inbox.models import Post
from inbox.operations.conversations import assign, reply
from inbox.operations.posting import send_post
from tests.automation.test_runs import TASK, make_flow, ordered
from tests.factories import make_person, make_task
from tests.inbox.test_receive_message import receive

pytestmark = pytest.mark.django_db


def told() -> list[tuple[User, str]]:
    """What was told after everything is handled, twice."""
    for _time in range(2):
        handle_events(event_ids=due_events(timezone.now()))
    return [(row.user, row.title) for row in Notification.objects.order_by("pk")]


def test_who_is_given_a_conversation_is_told_and_who_takes_one_is_not(support: User, sales: User) -> None:
    conversation = receive(subject="Broken mug").conversation
    assign(conversation=conversation, actor=support, assignee=support)
    assert told() == []
    assign(conversation=conversation, actor=support, assignee=sales)
    assert told() == [(sales, f"{support} gave you: Broken mug")]
    assert Notification.objects.get().url == f"/inbox/all/{conversation.pk}"


def test_who_wrote_an_answer_that_did_not_go_out_is_told(support: User) -> None:
    reply(conversation=receive(subject="Broken mug").conversation, actor=support, text="Sorry!")
    Post.objects.update(to_address="ännchen@example.org")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("django.conf.settings.EMAIL_HOST", "mail.example.com")
        send_post(post_id=Post.objects.get().pk)
    assert told() == [(support, "Your answer did not go out: Broken mug")]


def test_managers_are_told_once_a_day_that_an_automation_fails(owner: User, manager: User, sales: User) -> None:
    make_flow({**TASK, "action": "tag.add", "settings": {}})
    for name in ("Ann", "Bob"):
        runs.start_runs([ordered(name=name)])
    for _attempt in range(len(runs.BACK_OFF) + 1):
        Run.objects.update(due_at=timezone.now())
        for run in Run.objects.all():
            runs.advance_run(run_id=run.pk)
    assert sorted(told(), key=str) == [
        (user, "The automation “Test” failed") for user in sorted((owner, manager), key=str)
    ]


def test_who_is_given_a_task_is_told_and_who_takes_one_is_not(sales: User, support: User) -> None:
    make_task(owner=sales, actor=sales)
    assert told() == []
    make_task(owner=sales, actor=support, title="Call Ann")
    assert told() == [(sales, "Call Ann")]


def test_who_is_called_in_a_note_is_told_if_they_may_see_it(sales: User, support: User, stranger: User) -> None:
    User.objects.filter(pk=support.pk).update(name="Zoë Kowalski")
    User.objects.filter(pk=stranger.pk).update(name="Omar Haddad")
    support.refresh_from_db()
    person = make_person(name="Ann Lee", owner=sales)
    add_note(actor=sales, body=f"@zoe please call her, @Omar too, @{sales.email} knows", person=person)
    assert told() == [(support, f"{sales} called you in a note: Ann Lee")]
    assert Notification.objects.get().url == f"/people/{person.pk}/"
