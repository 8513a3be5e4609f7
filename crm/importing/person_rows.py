"""A row of a people or companies file as plain values, before anything is looked up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.utils.translation import gettext as _

from crm.importing.cells import Cells, Reading, clipped
from crm.importing.fields import Columns
from crm.importing.values import BadValueError

EMAIL_TARGETS = ("person.email", "person.email_secondary")
PHONE_TARGETS = ("person.phone", "person.phone_mobile", "person.phone_home", "person.phone_other")
LINK_TARGETS = ("person.linkedin_url",)
STATUS_WORDS = {"subscribed": False, "unsubscribed": True, "cleaned": True, "bounced": True, "complained": True}


@dataclass(slots=True)
class PersonCells:
    """What one row says about a person. `fields` are the person's own, by name; empty ones are left out."""

    external_id: str
    fields: dict[str, str]
    emails: list[str]
    phones: list[str]
    links: list[str]
    company: str
    tags: list[str]
    note: str
    owner: str
    created_at: datetime | None
    opted_out: bool
    warnings: list[str] = field(default_factory=list)


@dataclass(slots=True)
class CompanyCells:
    """What one row says about a company."""

    external_id: str
    fields: dict[str, str]
    domain: str
    tags: list[str]
    note: str
    owner: str
    created_at: datetime | None
    warnings: list[str] = field(default_factory=list)


def _identifier(text: str) -> str:
    return clipped(text, 190).removesuffix(".0")


def _address(cells: Cells, values: Sequence[str], entity: str) -> str:
    parts = [cells.text(values, f"{entity}.{part}") for part in ("street", "street2", "region")]
    return "\n".join(dict.fromkeys(filter(None, parts)))[:1000]


def _filled(fields: dict[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def split_tags(texts: Sequence[str]) -> list[str]:
    """Tag names in one or several cells: parted by commas, freed of quotes and stars that exports put around."""
    names = (name.strip(" \"'").lstrip("* ") for text in texts for name in text.split(","))
    return list(dict.fromkeys(name[:60] for name in names if name))[:20]


class PersonReader:
    """Turns rows into PersonCells."""

    def __init__(self, mapping: Columns, reading: Reading) -> None:
        self._cells = Cells(mapping, reading)

    def read(self, values: Sequence[str]) -> PersonCells:
        """Raises BadValueError when the row names nobody or a value can't be read."""
        cells = self._cells
        given = clipped(cells.text(values, "person.first_name"), 100)
        family = clipped(cells.text(values, "person.last_name"), 100)
        emails = [part for text in cells.texts(values, *EMAIL_TARGETS) for part in _split_emails(text)]
        phones = cells.texts(values, *PHONE_TARGETS)
        company = clipped(cells.text(values, "person.company_name"), 200)
        name = cells.text(values, "person.full_name") or " ".join(filter(None, (given, family)))
        name = clipped(name, 200) or [*(email.partition("@")[0] for email in emails), *phones, ""][0][:200]
        if not name:
            raise BadValueError(_("The row holds no name, no e-mail address and no phone number."))
        fields = {
            "name": name,
            "given_name": given,
            "family_name": family,
            "job_title": clipped(cells.text(values, "person.job_title"), 150),
            "language": clipped(cells.text(values, "person.language"), 10),
            "address": _address(cells, values, "person"),
            "city": clipped(cells.text(values, "person.city"), 100),
            "postcode": clipped(cells.text(values, "person.postal_code"), 20),
            "country": clipped(cells.text(values, "person.country"), 60),
        }
        return PersonCells(
            _identifier(cells.text(values, "person.external_id")), _filled(fields), emails, phones,
            cells.texts(values, *LINK_TARGETS), company, split_tags(cells.texts(values, "person.tags")),
            cells.text(values, "person.notes"), cells.text(values, "person.owner"),
            cells.moment(values, "person.created_at"), self._opted_out(values),
        )  # fmt: skip

    def _opted_out(self, values: Sequence[str]) -> bool:
        """A word, a yes, or the moment at which they unsubscribed; never a consent."""
        text = self._cells.text(values, "consent.email_opt_out")
        if not text:
            return False
        if text.casefold() in STATUS_WORDS:
            return STATUS_WORDS[text.casefold()]
        if re.match(r"\d{1,4}[-/.]\d", text):
            return True
        return bool(self._cells.truth(values, "consent.email_opt_out"))


def _split_emails(text: str) -> list[str]:
    return re.split(r"[,\s]+", text) if text.count("@") > 1 else [text]


class CompanyReader:
    """Turns rows into CompanyCells."""

    def __init__(self, mapping: Columns, reading: Reading) -> None:
        self._cells = Cells(mapping, reading)

    def read(self, values: Sequence[str]) -> CompanyCells:
        """Raises BadValueError when the row has no name or a value can't be read."""
        cells = self._cells
        name = clipped(cells.text(values, "company.name"), 200)
        if not name:
            raise BadValueError(_("The row holds no company name."))
        postcode = cells.text(values, "company.postal_code")
        fields = {
            "name": name,
            "industry": clipped(cells.text(values, "company.industry"), 100),
            "size": clipped(cells.text(values, "company.employees"), 50),
            "website": _web_address(cells.text(values, "company.website")),
            "phone": clipped(cells.text(values, "company.phone"), 50),
            "address": "\n".join(filter(None, (_address(cells, values, "company"), postcode)))[:1000],
            "city": clipped(cells.text(values, "company.city"), 100),
            "country": clipped(cells.text(values, "company.country"), 60),
        }
        return CompanyCells(
            _identifier(cells.text(values, "company.external_id")), _filled(fields),
            cells.text(values, "company.domain").lower(), split_tags(cells.texts(values, "company.tags")),
            cells.text(values, "company.notes"), cells.text(values, "company.owner"),
            cells.moment(values, "company.created_at"),
        )  # fmt: skip


def _web_address(text: str) -> str:
    if not text or len(text) > 190 or re.search(r"\s", text):
        return ""
    return text if re.match(r"https?://", text, re.IGNORECASE) else f"https://{text}" if "." in text else ""
