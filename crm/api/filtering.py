"""What a list of the API may be narrowed by: the filter language, words, a moment, and the links of its rows."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError
from rest_framework.filters import BaseFilterBackend

from crm.filters import compile_filter
from crm.incoming import is_believable, read_json
from crm.search import found, query_words

if TYPE_CHECKING:
    from rest_framework.request import Request
    from rest_framework.views import APIView

MOST_DIGITS = 18  # of an id: what a database's integers hold
EVERYWHERE = ("cursor", "limit")


class RowFilter(BaseFilterBackend):
    """Reads the parameters that a view offers; any other is refused rather than answered with too much."""

    def filter_queryset(self, request: Request, queryset: QuerySet[Any], view: APIView) -> QuerySet[Any]:
        ask, resource = request.query_params, _Offers(view)
        resource.refuse_unknown(ask)
        if ask.get("filter"):
            queryset = queryset.filter(compile_filter(resource.target, _json(ask["filter"])))
        if ask.get("updated_since"):
            queryset = queryset.filter(**{f"{resource.since}__gte": _moment(ask["updated_since"])})
        for name, path in resource.links.items():
            if ask.get(name):
                queryset = queryset.filter(**{path: _id(name, ask[name])})
        if query_words(ask.get("q", "")):
            queryset = queryset.filter(pk__in=found(queryset, ask["q"]).values("pk"))
        return queryset

    def get_schema_operation_parameters(self, view: APIView) -> list[dict[str, Any]]:
        """What stands in the OpenAPI description."""
        return [
            {"name": name, "in": "query", "required": False, "description": str(words), "schema": {"type": kind}}
            for name, (kind, words) in _Offers(view).parameters().items()
        ]


class _Offers:
    """What one view says about itself in its class attributes."""

    def __init__(self, view: Any) -> None:
        self.target: str = view.target
        self.since: str = view.since
        self.is_searchable: bool = view.is_searchable
        self.links: dict[str, str] = view.links
        self.own: dict[str, str] = view.own_parameters

    def parameters(self) -> dict[str, tuple[str, str]]:
        offers: dict[str, tuple[str, str]] = {}
        if self.target:
            offers["filter"] = ("string", "A filter in the filter language, as JSON.")
        if self.is_searchable:
            offers["q"] = ("string", "Words that the record's name, e-mail or phone holds.")
        if self.since:
            offers["updated_since"] = ("string", f"Only those with `{self.since}` at or after this moment (ISO 8601).")
        offers |= {name: ("integer", f"Only those with this {name}'s id.") for name in self.links}
        return offers | {name: ("string", words) for name, words in self.own.items()}

    def refuse_unknown(self, ask: Any) -> None:
        known = (*EVERYWHERE, *self.parameters())
        unknown = sorted(set(ask) - set(known))
        if unknown:
            words = {"unknown": ", ".join(unknown)[:200], "known": ", ".join(known)}
            raise ParseError(_("There is no parameter %(unknown)s here. There are: %(known)s.") % words)


def _json(text: str) -> object:
    try:
        return read_json(text)
    except ValueError as error:
        raise ParseError(_("The filter is no JSON.")) from error


def _moment(text: str) -> Any:
    try:
        moment = parse_datetime(text.replace(" ", "+"))
    except ValueError:
        moment = None
    if moment is None or not is_aware(moment) or not is_believable(moment):
        raise ParseError(_("updated_since is no moment with a zone, like 2026-06-15T12:00:00Z."))
    return moment


def _id(name: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or len(text) > MOST_DIGITS:
        raise ParseError(_("%(name)s is no id.") % {"name": name})
    return int(text)
