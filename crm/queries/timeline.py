"""The timeline of a record: one stream of what happened, in sentences, newest first, page by page."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from django.db.models import Case, OuterRef, Q, QuerySet, Subquery, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm import formats
from crm.addresses import address
from crm.extensions import EventKind, event_kinds
from crm.models import Company, CustomField, Deal, Event, Note, Person
from crm.parts import Tab, TimelineItem, Tone

from .keyset import Cursor, read_cursor

PAGE_SIZE = 30
DAYS_APART = 7  # what is older stands together by month
ORDER = "timeline"
TONES: dict[str, Tone] = {"deal.won": "good", "deal.lost": "bad", "order.placed": "accent", "note.added": "accent"}
GROUP_WORDS: dict[str, Any] = {
    "note": gettext_lazy("Notes"),
    "message": gettext_lazy("Messages"),
    "order": gettext_lazy("Orders"),
    "deal": gettext_lazy("Deals"),
    "task": gettext_lazy("Tasks"),
    "insight": gettext_lazy("Insights"),
    "campaign": gettext_lazy("Campaigns"),
    "automation": gettext_lazy("Automations"),
    "change": gettext_lazy("Changes"),
}
PARTS: dict[str, Any] = {"people": gettext_lazy("people"), "products": gettext_lazy("products")}  # of a deal
NOBODY: dict[str, Any] = {
    Event.Via.PAGE: gettext_lazy("A former colleague"),
    Event.Via.ADMIN: gettext_lazy("A former colleague"),
    Event.Via.API: gettext_lazy("Another program"),
    Event.Via.IMPORT: gettext_lazy("An import"),
    Event.Via.FLOW: gettext_lazy("An automation"),
    Event.Via.CHANNEL: gettext_lazy("The customer"),
    Event.Via.SYSTEM: gettext_lazy("Rapport"),
}


@dataclass(frozen=True)
class Stretch:
    """What happened on one day of this week or in one month; without a label it began on the page before."""

    label: str
    items: Sequence[TimelineItem]


@dataclass(frozen=True)
class Timeline:
    """One page of a timeline. `next_query` leads to the older one; `tabs` are the filters by group."""

    stretches: Sequence[Stretch] = ()
    next_query: str = ""
    tabs: Sequence[Tab] = ()
    group: str = ""
    is_first_page: bool = True


def timeline_page(record: Person | Company | Deal, *, url: str, group: str = "", after: str = "") -> Timeline:
    """One page of what happened to a record that the reader may see, in at most two queries.

    `url` is the record's own page, which the group filters lead to.
    """
    name = str(record._meta.model_name)
    events = Event.objects.filter(**{name: record})
    kinds = [kind.key for kind in event_kinds if kind.group == group]
    group = group if kinds else ""
    if group:
        events = events.filter(kind__in=kinds)
    cursor = read_cursor(after, ORDER)
    rows = list(_dressed(events, cursor)[: PAGE_SIZE + 1])
    last = rows[PAGE_SIZE - 1] if len(rows) > PAGE_SIZE else None
    writer = _Writer(rows[:PAGE_SIZE], name)
    return Timeline(
        stretches=_stretches(writer.items(), cursor),
        next_query=f"?group={group}&after={Cursor(last.at, last.pk).sign(ORDER)}" if last else "",
        tabs=_tabs(url, group),
        group=group,
        is_first_page=cursor is None,
    )


def _dressed(events: QuerySet[Event], cursor: Cursor | None) -> QuerySet[Event]:
    """The events from the cursor on, newest first, with their actors and the words of notes that still exist."""
    if cursor is not None:
        events = events.filter(Q(at__lte=cursor.value) & (Q(at__lt=cursor.value) | Q(pk__lt=cursor.pk)))
    note = Note.objects.filter(pk=OuterRef("subject_id")).values("body")
    is_note = When(kind="note.added", then=Subquery(note))
    return events.select_related("actor").annotate(note=Case(is_note)).order_by("-at", "-pk")


def _tabs(url: str, group: str) -> list[Tab]:
    present = {kind.group for kind in event_kinds}
    shown = [(key, str(words)) for key, words in GROUP_WORDS.items() if key in present]
    return [
        Tab(label, f"{url}?group={key}#timeline" if key else f"{url}#timeline", key == group)
        for key, label in [("", _("All")), *shown]
    ]


def _stretches(items: Iterable[TimelineItem], cursor: Cursor | None) -> list[Stretch]:
    found: dict[str, list[TimelineItem]] = {}
    for item in items:
        found.setdefault(_stretch_words(item.at), []).append(item)
    begun = _stretch_words(cursor.value) if cursor else ""
    return [Stretch("" if label == begun else label, items) for label, items in found.items()]


def _stretch_words(at: datetime) -> str:
    day = timezone.localtime(at).date()
    age = (timezone.localdate() - day).days
    return formats.day_words(day) if age < DAYS_APART else formats.month_year_words(day)


@dataclass
class _Writer:
    """Turns the events of one page into sentences; fetches what they need in one go."""

    events: Sequence[Event]
    record_name: str
    labels: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        has_own = any("custom" in event.data.get("changed", {}) for event in self.events)
        self.labels = dict(CustomField.objects.values_list("key", "label")) if has_own else {}

    def items(self) -> list[TimelineItem]:
        return [self._item(run) for run in _folded(self.events)]

    def _item(self, run: Sequence[Event]) -> TimelineItem:
        event = run[0]
        kind = event_kinds.get(event.kind) or EventKind(event.kind, event.kind, event.kind)
        details = [line for each in run for line in self._details(each)]
        who, line = _sentence(kind, event, self._values(event, details, run))
        return TimelineItem(
            icon=kind.icon,
            line=line,
            at=event.at,
            who=who,
            url=self._url(event),
            body=self._body(event),
            is_note=event.kind == "note.added",
            tone=TONES.get(event.kind, ""),
            details=details if len(details) > 1 or run[1:] else (),
        )

    def _values(self, event: Event, details: Sequence[str], run: Sequence[Event]) -> dict[str, str]:
        values = {key: str(value) for key, value in event.data.items() if isinstance(value, (str, int, float))}
        kind = event_kinds.get(event.kind)
        if kind is not None and kind.words is not None:
            values.update(kind.words(event.data))
        if "total" in event.data:
            values["money"] = _money(event.data["total"], event.data.get("currency", ""))
        if len(details) > 1 or run[1:]:
            number = len(details)
            values["fields"] = ngettext("%(number)s field", "%(number)s fields", number) % {"number": number}
        else:
            values["fields"] = details[0] if details else _("something")
        return values

    def _details(self, event: Event) -> list[str]:
        """Each changed field with what it was and what it is."""
        lines = []
        for name, (old, new) in event.data.get("changed", {}).items():
            if name == "custom":
                keys = [key for key in {**old, **new} if old.get(key) != new.get(key)]
                lines += [_change(self.labels.get(key, key), old.get(key), new.get(key)) for key in keys]
            else:
                lines.append(_change(_label(event.subject_type, name), old, new))
        return lines

    def _body(self, event: Event) -> str:
        if event.kind == "note.added":
            return getattr(event, "note", None) or _("(This note was removed.)")
        return str(event.data.get("body") or event.data.get("text") or "")

    def _url(self, event: Event) -> str:
        kind = event_kinds.get(event.kind)
        if kind is not None and kind.url is not None:
            return kind.url(event.data)
        is_elsewhere = event.deal_id is not None and self.record_name != "deal"
        if is_elsewhere and event.subject_type == "deal":
            return address("crm:deal-detail", event.deal_id)
        if self.record_name != "person" and event.person_id and event.subject_type == "person":
            return address("crm:person-detail", event.person_id)
        return ""


def _folded(events: Sequence[Event]) -> list[list[Event]]:
    """Changes that one colleague made one after the other on one day are told as one."""
    runs: list[list[Event]] = []
    for event in events:
        if runs and _folds(runs[-1][-1], event):
            runs[-1].append(event)
        else:
            runs.append([event])
    return runs


def _folds(newer: Event, older: Event) -> bool:
    is_change = newer.kind == older.kind and newer.kind.endswith(".changed") and "changed" in newer.data
    same_day = timezone.localtime(newer.at).date() == timezone.localtime(older.at).date()
    same_hand = (newer.subject_id, newer.actor_id, newer.via) == (older.subject_id, older.actor_id, older.via)
    return is_change and same_hand and same_day


class _Known(dict[str, str]):
    """What a sentence may name; what an older event did not yet hold is left open."""

    def __missing__(self, key: str) -> str:
        return "…"


def _sentence(kind: EventKind, event: Event, values: Mapping[str, str]) -> tuple[str, str]:
    """Who did it, where the sentence begins with that, and the sentence."""
    actor = str(event.actor) if event.actor else str(NOBODY[event.via])
    template = str(kind.sentence)
    if template.startswith("%(actor)s "):
        return actor, template.removeprefix("%(actor)s ") % _Known(values)
    return "", template % _Known({**values, "actor": actor})


def _label(subject_type: str, name: str) -> str:
    models: dict[str, type[Person | Company | Deal]] = {"person": Person, "company": Company, "deal": Deal}
    model = models.get(subject_type)
    names = {item.name: item for item in model._meta.fields} if model else {}
    return str(names[name].verbose_name) if name in names else str(PARTS.get(name, name))


def _change(label: str, old: Any, new: Any) -> str:
    return _("%(field)s: %(old)s → %(new)s") % {"field": label, "old": _said(old), "new": _said(new)}


def _said(value: Any) -> str:
    if value is None or value == "":
        return "–"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return formats.date_words(date.fromisoformat(value)) if _is_day(value) else str(value)


def _is_day(value: Any) -> bool:
    """Days are kept in events as 2026-12-01."""
    try:
        return isinstance(value, str) and date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False


def _money(amount: Any, currency: str) -> str:
    try:
        return formats.money(Decimal(str(amount)), currency) if currency else str(amount)
    except InvalidOperation:
        return str(amount)
