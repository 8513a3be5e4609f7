"""Events: their kinds, and who acts on them."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby
from operator import attrgetter

from crm.extensions import EventKind, event_consumers, event_kinds

from .tables import code, summary, table

INTRODUCTION = """\
# Events

Whatever happens is recorded in the transaction of the change ([ADR 2](../adr/0002-event-log.md)). The sentence stands
on timelines; its `%(words)s` come from the event's data. Groups are the filters above a timeline.
"""


def page() -> str:
    kinds = sorted(event_kinds, key=attrgetter("group", "key"))
    groups = [_group(name, of_it) for name, of_it in groupby(kinds, key=attrgetter("group"))]
    return "\n\n".join([INTRODUCTION.strip(), *groups, _consumers()])


def _group(name: str, kinds: Iterable[EventKind]) -> str:
    rows = ((code(kind.key), kind.label, kind.sentence) for kind in kinds)
    return f"## Group `{name}`\n\n{table(('kind', 'label', 'sentence'), rows)}"


def _consumers() -> str:
    consumers = sorted(event_consumers, key=attrgetter("key"))
    rows = ((code(each.key), ", ".join(map(code, each.kinds)), summary(each.handle)) for each in consumers)
    acting = table(("consumer", "kinds", "does"), rows)
    return f"## Who acts on them\n\nKinds that end with a dot are prefixes.\n\n{acting}"
