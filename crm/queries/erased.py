"""Who was erased and must not be brought back: known again by keyed hashes, never by what they are made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from django.conf import settings
from django.utils.crypto import salted_hmac

from crm.models import ErasedKey, Erasure

SALT = "crm.erased"
SHOWN = 200
PIECE = 500
NUMBER = "number"
Key = tuple[str, str]  # what it is (a kind of contact point, "number", "message") and its normal form


def secrets() -> list[str]:
    """The secret now in use, then those before it."""
    return [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]


def digest_of(key: Key, secret: str) -> str:
    """A keyed hash: without the secret nobody finds out an address by trying them all."""
    return salted_hmac(SALT, "\0".join(key), secret=secret, algorithm="sha256").hexdigest()


def mark_of(secret: str) -> str:
    """By which it is seen that a digest was made under this secret, and nothing of the secret."""
    return salted_hmac(f"{SALT}.mark", "", secret=secret, algorithm="sha256").hexdigest()[:12]


def number_key(source: str, number: str) -> Key | None:
    """The number that another program gave somebody."""
    return (NUMBER, f"{source}\0{number}") if number else None


def message_key(channel_id: int, external_id: str) -> Key:
    """One message, by which a repeat is known."""
    return "message", f"{channel_id}\0{external_id[:255]}"


def erased_on(keys: Iterable[Key | None]) -> Mapping[Key, datetime]:
    """Those of these keys that belong to somebody erased, each with the moment of the (last) erasing.

    One query where nobody was ever erased, else one for each 500 keys.
    """
    wanted = {key for key in keys if key is not None}
    if not wanted or not ErasedKey.objects.exists():
        return {}
    by_digest = {digest_of(key, secret): key for key in wanted for secret in secrets()}
    found: dict[Key, datetime] = {}
    digests = list(by_digest)
    for start in range(0, len(digests), PIECE):
        rows = ErasedKey.objects.filter(digest__in=digests[start : start + PIECE])
        for digest, at in rows.values_list("digest", "erasure__at"):
            key = by_digest[digest]
            found[key] = max(at, found.get(key, at))
    return found


@dataclass(frozen=True)
class ErasedPage:
    """`lines`: the newest erasings. `people`: so many are to stay away. `lost`: so many can't be known again."""

    lines: list[Erasure]
    people: int
    lost: int


def erased_page() -> ErasedPage:
    """Three queries; nobody's name is in any of them."""
    held = Erasure.objects.filter(lifted_at=None, keys__gt=0)
    lines = Erasure.objects.select_related("by", "lifted_by").order_by("-at", "-pk")[:SHOWN]
    return ErasedPage(list(lines), held.count(), lost_count())


def lost_count() -> int:
    """Erasings whose digests were made under a secret that is not known any more."""
    marks = [mark_of(secret) for secret in secrets()]
    return Erasure.objects.filter(lifted_at=None, keys__gt=0).exclude(key_mark__in=marks).count()
