"""What every resource of the API shares: visible rows, keyset pages, filter, search, and how writes happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.db.models import QuerySet
from django.utils.dateparse import parse_datetime
from django.utils.timezone import is_aware
from django.utils.translation import gettext as _
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import mixins
from rest_framework.exceptions import NotFound, ParseError
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from crm.api.idempotency import once
from crm.events import acting
from crm.filters import compile_filter
from crm.incoming import is_believable, read_json
from crm.models import Event
from crm.search import found, query_words

if TYPE_CHECKING:
    from crm.models import User

LIST_PARAMETERS = [
    OpenApiParameter("filter", str, description="A filter in the filter language, as JSON."),
    OpenApiParameter("q", str, description="Words that the record's name, e-mail or phone holds."),
    OpenApiParameter("updated_since", str, description="Only what changed since this moment (ISO 8601 with zone)."),
]


class KeysetPagination(CursorPagination):
    """Pages by the last row seen: the thousandth page costs what the first does."""

    page_size = 50
    page_size_query_param = "limit"
    max_page_size = 200
    ordering = "-id"

    def decode_cursor(self, request: Request) -> Any:
        """The place in the rows. Raises NotFound where somebody wrote one by hand that names no id."""
        cursor = super().decode_cursor(request)
        if cursor is not None and cursor.position is not None and not str(cursor.position).isdecimal():
            raise NotFound(self.invalid_cursor_message)
        return cursor


class Resource(GenericViewSet[Any]):
    """Rows that the caller may see. `target` names the fields of `?filter=`; `since` the column of updated_since."""

    target: ClassVar[str] = ""
    since: ClassVar[str] = ""
    is_searchable: ClassVar[bool] = False
    pagination_class = KeysetPagination
    http_method_names = ["get", "post", "patch", "delete", "head", "options"]

    @property
    def caller(self) -> User:
        return cast("User", self.request.user)  # MayCall lets nobody else in

    def get_queryset(self) -> QuerySet[Any]:
        rows: Any = super().get_queryset()
        if getattr(self, "swagger_fake_view", False):  # the schema is drawn without a caller
            return cast("QuerySet[Any]", rows.none())
        return self.rows(rows.visible_to(self.caller))

    def rows(self, visible: QuerySet[Any]) -> QuerySet[Any]:
        """The visible rows with what the serializer needs, in few queries."""
        return visible

    def filter_queryset(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        ask = self.request.query_params
        if self.target and ask.get("filter"):
            queryset = queryset.filter(compile_filter(self.target, _json(ask["filter"])))
        if self.since and ask.get("updated_since"):
            queryset = queryset.filter(**{f"{self.since}__gte": _moment(ask["updated_since"])})
        if self.is_searchable and query_words(ask.get("q", "")):
            queryset = queryset.filter(pk__in=found(queryset, ask["q"]).values("pk"))
        return queryset

    @contextmanager
    def writing(self) -> Iterator[None]:
        with acting(via=Event.Via.API, actor=self.caller):
            yield

    def version(self) -> int | None:
        """The version that the caller saw, from the body; None means: overwrite what is there."""
        body = self.request.data
        value = body.get("version") if isinstance(body, dict) else None
        return value if isinstance(value, int) else None


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


class Readable(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    @extend_schema(parameters=LIST_PARAMETERS)
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().list(request, *args, **kwargs)


class Creatable(mixins.CreateModelMixin, Resource):
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with self.writing():
            return once(request, lambda: super(Creatable, self).create(request, *args, **kwargs))


class Editable(Resource):
    """PATCH with the fields to change, and `version` to be told of a conflict."""

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        serializer = self.get_serializer(self.get_object(), data=request.data, partial=True)
        serializer.is_valid(raise_exception=True)
        with self.writing():
            return once(request, lambda: self._save(serializer))

    def _save(self, serializer: Any) -> Response:
        serializer.save()
        return Response(self.get_serializer(self.get_queryset().get(pk=serializer.instance.pk)).data)


class Deletable(mixins.DestroyModelMixin, Resource):
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        with self.writing():
            return once(request, lambda: super(Deletable, self).destroy(request, *args, **kwargs))
