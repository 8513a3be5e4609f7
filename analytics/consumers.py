"""Who follows which events in the analytics room.

What does the work is imported when an event comes first: pages never need numpy or a model.
"""

from __future__ import annotations

from collections.abc import Sequence

from crm.extensions import EventConsumer
from crm.models import Event

DEALS_FOLLOW = ("deal.", "task.", "note.added", "message.received", "message.sent", "order.", "person.changed")
CONTRACTS_FOLLOW = ("subscription.", "message.received", "order.", "person.changed", "person.merged")
LEADS_FOLLOW = ("person.", "deal.", "task.", "note.added", "message.received", "message.sent", "order.")


def follow_orders(events: Sequence[Event]) -> None:
    """Counted months follow the orders."""
    from .operations.sales import follow_orders

    follow_orders(events)


def follow_people(events: Sequence[Event]) -> None:
    """Scores follow the orders."""
    from .operations.scoring import follow_people

    follow_people(events)


def follow_into_groups(events: Sequence[Event]) -> None:
    """Groups follow the orders."""
    from .operations.grouping import follow_people

    follow_people(events)


def follow_buyers(events: Sequence[Event]) -> None:
    """What was bought is no longer recommended."""
    from .operations.recommending import follow_buyers

    follow_buyers(events)


def follow_deals(events: Sequence[Event]) -> None:
    """Chances of deals follow their moves, and what is done and heard."""
    from .operations.win import follow_deals

    follow_deals(events)


def follow_leads(events: Sequence[Event]) -> None:
    """Chances of a first order follow what is heard and done."""
    from .operations.leads import follow_leads

    follow_leads(events)


def follow_contracts(events: Sequence[Event]) -> None:
    """Risks of subscriptions follow what is heard and ordered."""
    from .operations.contracts import follow_contracts

    follow_contracts(events)


def follow_imports(events: Sequence[Event]) -> None:
    """Models follow the first import of orders, and scores an import that was taken back."""
    from .operations.runs import follow_imports

    follow_imports(events)


def follow_messages(events: Sequence[Event]) -> None:
    """The text model reads what customers write."""
    from .operations.reading import follow_messages

    follow_messages(events)


def follow_rows_in_reports(events: Sequence[Event]) -> None:
    """The counted days of reports follow what is added, changed and deleted."""
    from .operations.report_days import follow_rows

    follow_rows(events)


def follow_examples(events: Sequence[Event]) -> None:
    """Topics follow what colleagues say."""
    from .operations.topics import follow_examples

    follow_examples(events)


def follow_wishes(events: Sequence[Event]) -> None:
    """Meanings of messages go with the wish for no profiling, and with the person."""
    from .operations.meanings import follow_wishes

    follow_wishes(events)


def follow_unwilling(events: Sequence[Event]) -> None:
    """Whatever was learned of a person goes with their wish for no profiling."""
    from .operations.wishes import follow_wishes

    follow_wishes(events)


def follow_imports_in_numbers(events: Sequence[Event]) -> None:
    """The numbers of months of which nobody knew follow an import."""
    from .operations.metrics import follow_imports

    follow_imports(events)


CONSUMERS = (
    EventConsumer("analytics.sales", ("order.",), follow_orders),
    EventConsumer("analytics.messages", ("message.received",), follow_messages),
    EventConsumer("analytics.topics", ("conversation.topic_set",), follow_examples),
    EventConsumer("analytics.meanings", ("person.changed", "person.merged", "person.deleted"), follow_wishes),
    EventConsumer("analytics.scores", ("order.", "person.changed", "person.merged"), follow_people),
    EventConsumer("analytics.groups", ("order.", "person.changed", "person.merged"), follow_into_groups),
    EventConsumer("analytics.recommendations", ("order.placed", "person.changed"), follow_buyers),
    EventConsumer("analytics.deals", DEALS_FOLLOW, follow_deals),
    EventConsumer("analytics.leads", LEADS_FOLLOW, follow_leads, in_imports=False),
    EventConsumer("analytics.metrics", ("import.",), follow_imports_in_numbers),
    EventConsumer("analytics.contracts", CONTRACTS_FOLLOW, follow_contracts, in_imports=False),
    EventConsumer(
        "analytics.reports", ("order.", "person.", "conversation.", "message.", "import."), follow_rows_in_reports
    ),
    EventConsumer("analytics.imports", ("import.",), follow_imports),
    EventConsumer("analytics.wishes", ("person.changed", "person.merged"), follow_unwilling),
)
