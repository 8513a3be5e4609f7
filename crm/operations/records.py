"""Writes that people, companies and deals have in common, each done by the noun's own operation."""

from __future__ import annotations

from typing import Any

from crm.models import Company, Deal, Person, Record, User

from .companies import delete_company, update_company
from .deals import delete_deal, update_deal
from .people import delete_person, update_person


def update_record(*, record: Record, actor: User | None, version: int | None = None, **changes: Any) -> Record:
    """Change a person, company or deal by its own operation. Raises EditConflictError."""
    if isinstance(record, Person):
        return update_person(person=record, actor=actor, version=version, **changes)
    if isinstance(record, Company):
        return update_company(company=record, actor=actor, version=version, **changes)
    if isinstance(record, Deal):
        return update_deal(deal=record, actor=actor, version=version, **changes)
    raise TypeError(type(record))


def delete_record(*, record: Record, actor: User | None) -> None:
    """Delete a person, company or deal by its own operation."""
    if isinstance(record, Person):
        delete_person(person=record, actor=actor)
    elif isinstance(record, Company):
        delete_company(company=record, actor=actor)
    elif isinstance(record, Deal):
        delete_deal(deal=record, actor=actor)
    else:
        raise TypeError(type(record))
