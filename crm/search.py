"""Finding people, companies and deals by any part of a name, an e-mail or a phone number.

Every searchable record keeps `search_text`: folded (no case, no accents), with the digits of its phones. It is indexed
by trigrams on both databases: pg_trgm on PostgreSQL, an FTS5 table kept by triggers on SQLite.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import Any

from django.db import connections
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import CharField, Func, Model, QuerySet
from django.db.models.expressions import RawSQL
from django.db.models.sql.compiler import SQLCompiler

from .models import Company, Deal, Person, User

SEARCHED: tuple[type[Model], ...] = (Person, Company, Deal)
MOST_HITS = 1000  # sorting more hits than anybody reads costs more than finding them
HEAD = 32  # length of the indexed beginning, for one and two letters
_UNCOMPOSED = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "æ": "ae", "œ": "oe", "ı": "i", "þ": "th", "ð": "d"})
_PHONE = re.compile(r"^[\d\s()+./-]{4,}$")


def fold(text: str) -> str:
    """Lower case without accents: "Müller-Łódź" → "muller-lodz"."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(char for char in decomposed if not unicodedata.combining(char))
    return " ".join(bare.translate(_UNCOMPOSED).replace("\0", "").split())


def digits(text: str) -> str:
    return re.sub(r"\D", "", text)


def query_words(text: str) -> list[str]:
    """What to look for: folded words; a phone number, however written, as its digits without leading zeros."""
    text = text.strip()[:200]
    if _PHONE.match(text) and len(digits(text)) >= 4:
        return [digits(text).lstrip("0")]
    return fold(text).split()[:8]


def matching(queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Rows whose search text holds every word of `text`; one and two letters match beginnings only."""
    words = query_words(text)
    if not words:
        return queryset
    long_words = [word for word in words if len(word) >= 3]
    if not long_words:
        return _beginning(queryset, " ".join(words))
    queryset = _containing(queryset, long_words)
    for word in words:
        if len(word) < 3:
            queryset = queryset.filter(search_text__contains=word)
    return queryset


def found(queryset: QuerySet[Any], text: str) -> QuerySet[Any]:
    """Like `matching`, but capped at MOST_HITS before any sort, so that a common word stays quick."""
    if not query_words(text):
        return queryset
    rows: QuerySet[Any] = queryset.model._default_manager.filter(pk__in=hit_ids(queryset, text))
    return rows


def hit_ids(queryset: QuerySet[Any], text: str) -> list[int]:
    """The first MOST_HITS that match, in no order."""
    return list(matching(queryset.order_by(), text).values_list("pk", flat=True)[:MOST_HITS])


def _containing(queryset: QuerySet[Any], words: list[str]) -> QuerySet[Any]:
    if connections[queryset.db].vendor != "sqlite":
        for word in words:
            queryset = queryset.filter(search_text__contains=word)
        return queryset
    table = f"{queryset.model._meta.db_table}_search"
    phrase = " ".join('"{}"'.format(word.replace('"', '""')) for word in words)  # all of them, in any order
    sql = f"SELECT rowid FROM {table} WHERE {table} MATCH %s"  # noqa: S608 (only the name of our own table)
    hits = RawSQL(sql, [phrase])  # noqa: S611 (the phrase is a parameter)
    return queryset.filter(pk__in=hits)


class _Head(Func):
    """The indexed beginning, written as in the index: SQLite knows an expression again by its words alone."""

    function = "LEFT"
    template = f"%(function)s(%(expressions)s, {HEAD})"
    output_field = CharField()

    def as_sqlite(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        template = f"SUBSTR(%(expressions)s, 1, {HEAD})"
        return super().as_sql(compiler, connection, template=template, **context)


def _beginning(queryset: QuerySet[Any], start: str) -> QuerySet[Any]:
    queryset = queryset.alias(head=_Head("search_text"))
    if connections[queryset.db].vendor != "sqlite":
        return queryset.filter(head__startswith=start)
    return queryset.filter(head__gte=start, head__lt=start + "\U0010ffff")


@dataclass(frozen=True)
class Hits:
    """What the search box shows: the first few of each kind."""

    people: list[Person]
    companies: list[Company]
    deals: list[Deal]

    def __bool__(self) -> bool:
        return bool(self.people or self.companies or self.deals)


def search_everything(user: User, text: str, *, limit: int = 5) -> Hits:
    """The first hits of each kind that this user may see, in three queries."""
    if not query_words(text):
        return Hits([], [], [])
    return Hits(
        people=list(matching(Person.objects.visible_to(user), text)[:limit]),
        companies=list(matching(Company.objects.visible_to(user), text)[:limit]),
        deals=list(matching(Deal.objects.visible_to(user), text).select_related("stage")[:limit]),
    )
