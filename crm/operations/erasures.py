"""Keeps who was erased from being brought back, and lets them back where a manager says why."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from crm.contacts import ContactError, normalise
from crm.events import record_event
from crm.models import ContactPoint, ErasedKey, Erasure, Person, User
from crm.queries.erased import NUMBER, Key, digest_of, erased_on, mark_of, number_key, secrets

FEWEST, MOST = 10, 300  # characters of a reason


class ErasedError(ContactError):
    """This address or number belongs to somebody who was erased; `at` is when."""

    def __init__(self, at: datetime) -> None:
        super().__init__(erased_words(at))
        self.at = at


class NotErasedError(ValueError):
    """Nobody with this address or number is on the list, or no reason was given; the words say which."""


def erased_words(at: datetime) -> str:
    """Why somebody is not brought back, for whoever tries."""
    return _(
        "This person was erased on %(day)s and must not be brought back. Should they themselves want it, a manager can "
        "allow it in the set-up under Erased people."
    ) % {"day": date_format(timezone.localtime(at), "DATE_FORMAT")}


def keys_of(person: Person) -> set[Key]:
    """By which they would be known again: every address and number, and their number in the program they came from."""
    points = ContactPoint.objects.filter(person=person).values_list("kind", "normalised")
    number = number_key(person.source, person.external_id)
    return {*points, *([number] if number else [])}


def keep_away(*, keys: Iterable[Key], actor: User | None) -> Erasure:
    """Put somebody on the list. Part of `erase_person`."""
    wanted = sorted(set(keys))
    erasure = Erasure.objects.create(by=actor, keys=len(wanted), key_mark=mark_of(settings.SECRET_KEY))
    digests = [ErasedKey(erasure=erasure, digest=digest_of(key, settings.SECRET_KEY)) for key in wanted]
    ErasedKey.objects.bulk_create(digests, batch_size=500)
    return erasure


def refuse_erased(keys: Iterable[Key | None], *, came_at: datetime | None) -> None:
    """Raises ErasedError where one belongs to somebody erased, unless they came back by themselves after that."""
    for at in erased_on(keys).values():
        if came_at is None or came_at <= at:
            raise ErasedError(at)


@transaction.atomic
def allow_back(*, kind: str, value: str, why: str, actor: User, source: str = "") -> int:
    """Take whoever has this address or number off the list; returns how many erasings that were.

    The kind "number" is the number that the program `source` gave them.

    Records `person.allowed_back`, which tells the reason. Raises NotErasedError, ContactError.
    """
    why = " ".join(why.split())
    if not FEWEST <= len(why) <= MOST:
        raise NotErasedError(_("Say in a sentence why this person may come back."))
    key = number_key(source.strip(), value.strip()) if kind == NUMBER else (kind, normalise(kind, value))
    if key is None:
        raise NotErasedError(_("Nobody with this address or number was erased."))
    digests = [digest_of(key, secret) for secret in secrets()]
    ids = list(ErasedKey.objects.filter(digest__in=digests).values_list("erasure_id", flat=True))
    erasures = list(Erasure.objects.select_for_update(of=("self",)).filter(pk__in=ids, lifted_at=None))
    if not erasures:
        raise NotErasedError(_("Nobody with this address or number was erased."))
    for erasure in erasures:
        erasure.lifted_at, erasure.lifted_by, erasure.lift_reason = timezone.now(), actor, why
        erasure.save(update_fields=["lifted_at", "lifted_by", "lift_reason"])
        record_event(kind="person.allowed_back", subject=erasure, actor=actor, data={"why": why})
    ErasedKey.objects.filter(erasure__in=erasures).delete()
    return len(erasures)
