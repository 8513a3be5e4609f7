"""Columns of list queries that several nouns share: joined names, the currency of the business."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Aggregate, CharField, Model, OuterRef, QuerySet, Subquery, Value
from django.db.models.functions import Coalesce
from django.db.models.sql.compiler import SQLCompiler

from crm.models import Workspace

DEFAULT_CURRENCY = "EUR"
SEPARATOR = "\x1f"  # stands in no name


class Joined(Aggregate):
    """The texts of a group as one text, parted by SEPARATOR."""

    function = "GROUP_CONCAT"
    output_field = CharField()

    def __init__(self, expression: str) -> None:
        super().__init__(expression, Value(SEPARATOR))

    def as_postgresql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper, **context: Any) -> Any:
        return self.as_sql(compiler, connection, function="STRING_AGG", **context)


def joined_tags(model: type[Model]) -> Subquery:
    """The names of a record's tags in the record's own query; read them with `split_names`."""
    field: Any = model._meta.get_field("tags")
    links = field.remote_field.through._default_manager.filter(**{field.m2m_field_name(): OuterRef("pk")})
    return Subquery(links.order_by().values(field.m2m_field_name()).annotate(names=Joined("tag__name")).values("names"))


def split_names(joined: str | None) -> list[str]:
    return sorted(joined.split(SEPARATOR)) if joined else []


def workspace_currency() -> Coalesce:
    """The currency of the business, as a column of another query."""
    return Coalesce(Subquery(Workspace.objects.values("currency")[:1]), Value(DEFAULT_CURRENCY))


def with_names(rows: QuerySet[Any], *, without: Sequence[str], **related: Sequence[str]) -> QuerySet[Any]:
    """Each record without some long fields, and of its relations these fields alone: four whole ones beside each of
    fifty rows cost more than the rows."""
    own = [field.name for field in rows.model._meta.concrete_fields if field.name not in without]
    theirs = [f"{name}__{field}" for name, fields in related.items() for field in fields]
    return rows.select_related(*related).only(*own, *theirs)
