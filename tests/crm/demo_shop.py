"""The demo business of the tests."""

from __future__ import annotations

from datetime import date

from crm.demo import make_demo
from crm.models import Company, Deal, Event, Note, Order, Person, Product, Task
from inbox.models import Conversation, Message, Post

TODAY = date(2026, 6, 15)


def counts() -> dict[str, int]:
    tables = (Person, Company, Deal, Order, Product, Task, Note, Event, Conversation, Message, Post)
    return {table.__name__: table.objects.count() for table in tables}


def small_demo() -> None:
    make_demo(people=60, today=TODAY, say=lambda _words: None)
