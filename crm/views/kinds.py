"""People, companies and deals as the pages see them: how to get one, who may change it, where it is shown."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import Http404
from django.urls import reverse

from crm.access import Can, get_company, get_deal, get_person
from crm.forms.companies import CompanyForm
from crm.forms.deals import DealForm
from crm.forms.people import PersonForm
from crm.forms.records import RecordForm
from crm.models import Record, User
from crm.queries import companies, deals, people


@dataclass(frozen=True)
class RecordKind:
    """One kind of record. `form` is None where the noun edits its fields elsewhere."""

    target: str
    get: Callable[[User, int], Any]
    capability: Can
    url_name: str
    list_url_name: str
    form: type[RecordForm] | None = None
    facts: Sequence[str] = ()

    def url(self, record: Record) -> str:
        return reverse(self.url_name, args=[record.pk])


KINDS: dict[str, RecordKind] = {
    kind.target: kind
    for kind in (
        RecordKind(
            "person", get_person, Can.EDIT, "crm:person-detail", "crm:person-list", PersonForm, people.FACTS,
        ),
        RecordKind(
            "company", get_company, Can.EDIT, "crm:company-detail", "crm:company-list", CompanyForm, companies.FACTS,
        ),
        RecordKind("deal", get_deal, Can.SELL, "crm:deal-detail", "crm:deal-list", DealForm, deals.FACTS),
    )
}  # fmt: skip


def find_record(user: User, target: str, pk: int) -> tuple[RecordKind, Any]:
    """The kind and the record, if this user may see it. Raises Http404."""
    if target not in KINDS:
        raise Http404
    return KINDS[target], KINDS[target].get(user, pk)
