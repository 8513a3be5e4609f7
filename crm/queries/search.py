"""What search shows: hits in groups, each a link with one line of context."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from crm.addresses import address
from crm.extensions import search_sources
from crm.formats import money_whole
from crm.models import Company, Deal, Event, Person, User
from crm.parts import Hit
from crm.search import search_everything

RECENT_EVENTS = 60
Found = Person | Company | Deal | User


@dataclass(frozen=True)
class HitGroup:
    label: str
    hits: Sequence[Hit]


def search_hits(user: User, text: str, *, limit: int) -> list[HitGroup]:
    """Hits of each kind that this user may see. `#12` finds what has this number, `@ann` finds colleagues."""
    if text.startswith("@"):
        return _groups([(_("Colleagues"), _colleagues(text[1:].strip(), limit))])
    if text.startswith("#"):
        return _groups([(_("Deals"), _numbered(user, text[1:].strip()))]) + _elsewhere(user, text, limit)
    found = search_everything(user, text, limit=limit)
    own = _groups([(_("People"), found.people), (_("Companies"), found.companies), (_("Deals"), found.deals)])
    return own + _elsewhere(user, text, limit)


def _elsewhere(user: User, text: str, limit: int) -> list[HitGroup]:
    """What the other rooms find in their own records."""
    others = ((str(source.label), source.find(user, text, limit)) for source in search_sources)
    return [HitGroup(label, hits) for label, hits in others if hits]


def recent_hits(user: User, *, limit: int) -> list[HitGroup]:
    """What the user worked on last, newest first. Four queries at most."""
    events = Event.objects.filter(actor=user, subject_id__isnull=False).order_by("-pk")
    touched = list(dict.fromkeys(events.values_list("subject_type", "subject_id")[:RECENT_EVENTS]))
    records = {
        (kind, record.pk): record
        for kind, rows in (
            ("person", Person.objects.visible_to(user)),
            ("company", Company.objects.visible_to(user)),
            ("deal", Deal.objects.visible_to(user)),
        )
        if (ids := [pk for name, pk in touched if name == kind and pk is not None][:limit])
        for record in rows.filter(pk__in=ids)
    }
    newest = [records[key[0], key[1]] for key in touched if key in records]
    return _groups([(_("Worked on lately"), newest[:limit])])


def _groups(groups: Iterable[tuple[str, Iterable[Found]]]) -> list[HitGroup]:
    return [HitGroup(label, hits) for label, found in groups if (hits := [_hit(record) for record in found])]


def _hit(record: Found) -> Hit:
    if isinstance(record, Person):
        return _line(record, "person", record.name, record.job_title or record.city, "user")
    if isinstance(record, Company):
        return _line(record, "company", record.name, record.industry or record.city, "building-office")
    if isinstance(record, Deal):
        return _line(record, "deal", record.title, money_whole(record.amount, record.currency), "briefcase")
    return Hit(str(record), record.get_role_display(), f"mailto:{record.email}", "user-circle", f"user-{record.pk}")


def _line(record: Found, kind: str, label: str, note: str, icon: str) -> Hit:
    return Hit(label, note, address(f"crm:{kind}-detail", record.pk), icon, f"{kind}-{record.pk}")


def _numbered(user: User, text: str) -> Iterable[Deal]:
    is_number = text.isascii() and text.isdecimal() and len(text) < 18
    return Deal.objects.visible_to(user).filter(pk=int(text)) if is_number else ()


def _colleagues(text: str, limit: int) -> Iterable[User]:
    users = User.objects.filter(is_active=True)
    return (users.filter(name__icontains=text) if text else users).order_by("name", "pk")[:limit]
