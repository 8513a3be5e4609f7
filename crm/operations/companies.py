"""Writes of companies and their mail domains."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from crm.contacts import FREE_MAIL
from crm.events import record_event
from crm.models import Company, Domain, User
from crm.search import digits, fold

from .editing import check_custom, is_there, locked, take_over

COMPANY_FIELDS = frozenset(
    "name industry size website phone address city country owner team custom source external_id".split()
)


class DomainError(ValueError):
    """A domain that can't recognise a company: free mail, or another company's."""


@transaction.atomic
def create_company(*, actor: User | None, name: str, domain: str = "", **fields: Any) -> Company:
    """A new company. Records `company.created`. Raises DomainError."""
    company = Company(name=name.strip())
    _edit(company, fields)
    company.save()
    if domain:
        _add_domain(company, domain)
    refresh_search_text(company)
    record_event(kind="company.created", subject=company, actor=actor, data={"name": company.name})
    return company


@transaction.atomic
def update_company(*, company: Company, actor: User | None, version: int | None = None, **changes: Any) -> Company:
    """Change a company. Records `company.changed`. Raises EditConflictError."""
    company = locked(company, version)
    changed = _edit(company, changes)
    if not changed:
        return company
    company.version += 1
    company.save()
    refresh_search_text(company)
    record_event(kind="company.changed", subject=company, actor=actor, data={"changed": changed})
    return company


@transaction.atomic
def add_domain(*, company: Company, domain: str, actor: User | None) -> Domain:
    """A mail domain by which the company's people are recognised. Raises DomainError."""
    row = _add_domain(company, domain)
    refresh_search_text(company)
    record_event(kind="company.changed", subject=company, actor=actor, data={"changed": {"domain": ["", row.name]}})
    return row


@transaction.atomic
def remove_domain(*, row: Domain, actor: User | None) -> None:
    """People with this domain are no longer linked by it. Records `company.changed`."""
    company, name = row.company, row.name
    row.delete()
    refresh_search_text(company)
    record_event(kind="company.changed", subject=company, actor=actor, data={"changed": {"domain": [name, ""]}})


@transaction.atomic
def delete_company(*, company: Company, actor: User | None) -> None:
    """Delete a company; its people, deals and orders stay. Records `company.deleted`."""
    if not is_there(company):
        return
    record_event(kind="company.deleted", subject=company, actor=actor, data={"name": company.name}, is_farewell=True)
    company.delete()


def _edit(company: Company, changes: dict[str, Any]) -> dict[str, list[Any]]:
    if "custom" in changes:
        changes = {**changes, "custom": check_custom("company", changes["custom"], company.custom)}
    return take_over(company, changes, COMPANY_FIELDS)


def _add_domain(company: Company, domain: str) -> Domain:
    name = domain.strip().lower().removeprefix("https://").removeprefix("http://").removeprefix("www.").split("/")[0]
    if name in FREE_MAIL or "." not in name or len(name) > 190:
        raise DomainError(_("“%(domain)s” can't stand for a company.") % {"domain": domain[:80]})
    row, _is_new = Domain.objects.get_or_create(name=name, defaults={"company": company})
    if row.company_id != company.pk:
        raise DomainError(_("“%(domain)s” already belongs to another company.") % {"domain": name})
    return row


def refresh_search_text(company: Company) -> None:
    domains = company.domains.values_list("name", flat=True)
    text = fold(" ".join([company.name, company.external_id, digits(company.phone), *domains]))[:2000]
    if text != company.search_text:
        company.search_text = text
        Company.objects.filter(pk=company.pk).update(search_text=text)
