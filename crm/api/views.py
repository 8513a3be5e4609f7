"""What every resource of the API shares: visible rows, keyset pages, filter, search, and how writes happen."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.db.models import QuerySet
from rest_framework import mixins
from rest_framework.exceptions import NotFound
from rest_framework.pagination import CursorPagination
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.viewsets import GenericViewSet

from crm.api.filtering import RowFilter
from crm.api.idempotency import once
from crm.events import acting
from crm.models import Event

if TYPE_CHECKING:
    from crm.models import User


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
    """Rows that the caller may see. `target` names the fields of `?filter=`; `since` the column of updated_since.

    `links` are parameters that take an id, by name, with the path they compare; `own_parameters` are read by `rows`.
    """

    target: ClassVar[str] = ""
    since: ClassVar[str] = ""
    is_searchable: ClassVar[bool] = False
    links: ClassVar[dict[str, str]] = {}
    own_parameters: ClassVar[dict[str, str]] = {}
    filter_backends = (RowFilter,)
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

    @contextmanager
    def writing(self) -> Iterator[None]:
        with acting(via=Event.Via.API, actor=self.caller):
            yield

    def version(self) -> int | None:
        """The version that the caller saw, from the body; None means: overwrite what is there."""
        body = self.request.data
        value = body.get("version") if isinstance(body, dict) else None
        return value if isinstance(value, int) else None


class Readable(mixins.ListModelMixin, mixins.RetrieveModelMixin, Resource):
    """GET of a page of rows and of one."""


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
