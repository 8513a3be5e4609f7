"""Tasks in one line."""

from datetime import date, time

import pytest
from django.utils import timezone, translation

from crm.quick_add import read_task

MONDAY = date(2026, 6, 15)


@pytest.mark.parametrize(
    ("text", "title", "due_on", "at"),
    [
        ("call Ann", "call Ann", None, None),
        ("call Ann tomorrow 3pm", "call Ann", date(2026, 6, 16), time(15)),
        ("call Ann 3pm tomorrow", "call Ann", date(2026, 6, 16), time(15)),
        ("call Ann at noon friday", "call Ann at noon", date(2026, 6, 19), None),
        ("send offer on Friday", "send offer", date(2026, 6, 19), None),
        ("send offer monday", "send offer", date(2026, 6, 22), None),
        ("send offer next week", "send offer", date(2026, 6, 22), None),
        ("send offer 2026-07-01", "send offer", date(2026, 7, 1), None),
        ("send offer 2026-02-31", "send offer 2026-02-31", None, None),
        ("send offer +10", "send offer", date(2026, 6, 25), None),
        ("stand-up 9:30", "stand-up", MONDAY, time(9, 30)),
        ("buy 12 boxes", "buy 12 boxes", None, None),
        ("tomorrow", "tomorrow", None, None),
        ("12am call", "12am call", None, None),
        ("wake up 12am", "wake up", MONDAY, time(0)),
        ("   ", "", None, None),
        ("call Ann at 3pm on Friday", "call Ann", date(2026, 6, 19), time(15)),
        ("call Ann by tomorrow", "call Ann", date(2026, 6, 16), None),
        ("send offer in 3 days", "send offer", date(2026, 6, 18), None),
        ("send offer in 2 weeks", "send offer", date(2026, 6, 29), None),
        ("send offer December 24", "send offer", date(2026, 12, 24), None),
        ("send offer on 3 Jan", "send offer", date(2027, 1, 3), None),
        ("send offer 12/24", "send offer", date(2026, 12, 24), None),
        ("send offer 12/24/2027", "send offer", date(2027, 12, 24), None),
        ("send offer 31/31", "send offer 31/31", None, None),
        ("read chapter 3", "read chapter 3", None, None),
        ("ask for May", "ask for May", None, None),
        ("pay by leap day 29 Feb", "pay by leap day", date(2028, 2, 29), None),
    ],
)
def test_day_and_time_are_read_from_the_end(text: str, title: str, due_on: date | None, at: time | None) -> None:
    draft = read_task(text, today=MONDAY)
    assert (draft.title, draft.due_on) == (title, due_on)
    assert (draft.remind_at and timezone.localtime(draft.remind_at).time()) == at


def test_weekdays_are_read_in_the_readers_language_and_in_english() -> None:
    with translation.override("de"):
        assert read_task("Anna anrufen Freitag", today=MONDAY).due_on == date(2026, 6, 19)
        assert read_task("Anna anrufen friday", today=MONDAY).due_on == date(2026, 6, 19)


@pytest.mark.parametrize(
    ("text", "title", "due_on", "at"),
    [
        ("Anna anrufen morgen 15 Uhr", "Anna anrufen", date(2026, 6, 16), time(15)),
        ("Anna anrufen am Freitag um 9:30 Uhr", "Anna anrufen", date(2026, 6, 19), time(9, 30)),
        ("Angebot senden übermorgen", "Angebot senden", date(2026, 6, 17), None),
        ("Angebot senden in 2 Wochen", "Angebot senden", date(2026, 6, 29), None),
        ("Angebot senden bis 24.12.", "Angebot senden", date(2026, 12, 24), None),
        ("Angebot senden 24.12.2027", "Angebot senden", date(2027, 12, 24), None),
        ("Angebot senden 24. Dezember", "Angebot senden", date(2026, 12, 24), None),
        ("Angebot senden tomorrow", "Angebot senden", date(2026, 6, 16), None),
    ],
)
def test_german_is_read_as_germans_write(text: str, title: str, due_on: date, at: time | None) -> None:
    with translation.override("de"):
        draft = read_task(text, today=MONDAY)
    assert (draft.title, draft.due_on) == (title, due_on)
    assert (draft.remind_at and timezone.localtime(draft.remind_at).time()) == at
