"""What each column of a list of people or companies holds, and its values in a plain form to compare."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from analytics.ml.purchases import Ints
from analytics.ml.table import NUMBERING, plain_name, without_accents

Words = NDArray[np.object_]
NAME, TEXT, CODE, PHONE, EMAIL = "name", "text", "code", "phone", "email"  # how a field is compared
GIVEN, FAMILY, FULL, BIRTH, PLACE, REACH, OTHER = "given", "family", "full", "birth", "place", "reach", "other"
NAMES = (GIVEN, FAMILY, FULL)

NOTHING = {"", "nan", "none", "null", "na", "n/a", "-", "?"}
SECRETS = ("socsecid", "ssn", "socialsecurity", "taxid", "passport")
OF_THE_RECORD = ("created", "updated", "modified", "imported", "timestamp", "erstellt", "geandert")
MOST_FIELDS = 20
IDS = (
    *("id", "uniqueid", "recid", "recordid", "personid", "customerid", "contactid", "companyid", "rowid", "rid"),
    *("uid", "uuid", "guid", "accountid", "leadid", "clientid", "memberid", "kundennummer", "kundennr", "kdnr"),
)
CLUSTERS = (
    *("cluster", "clusterid", "clusternumber", "truth", "groundtruth", "truthid", "entityid", "entity", "trueid"),
    *("duplicateof", "dupof", "mergedinto", "masterrecord", "masterrecordid", "survivorid"),
    *("groupid", "matchid", "masterid", "goldid", "realid", "duplicategroup", "dupgroup", "duplicateid"),
)
# Which list, file or system a record comes from. A "source" or "origin" is in most lists that of a lead: one channel
# may name the same person twice, so nobody has one partner only. --map source=COLUMN says otherwise.
SOURCES = (
    *("dataset", "datasource", "sourcedataset", "list", "listname", "sourcelist", "table", "sourcetable", "liste"),
    *("file", "filename", "sourcefile", "datei", "system", "sourcesystem", "database", "datenbank"),
)
# Where a lead comes from, not who it is.
CHANNELS = ("source", "origin", "quelle", "leadsource", "herkunft", "leadquelle")

# Names of columns without accents: as a whole; those of six letters and more, and those in `BEGIN` and `END`, in part
# as well. The first match wins.
MEANT: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    (EMAIL, REACH, ("email", "mail", "mailaddress", "mailadresse", "courriel", "correo")),
    (
        PHONE,
        REACH,
        ("phone", "mobile", "mobil", "handy", "telephone", "telefon", "tel", "fax", "cell", "celular", "cellulare"),
    ),
    (TEXT, BIRTH, ("birthplace", "placeofbirth", "geburtsort")),
    (NAME, FAMILY, ("birthname", "geburtsname", "maidenname", "nomdenaissance")),
    (CODE, BIRTH, ("dob", "birth", "birthday", "geburtsdatum", "geboren", "naissance", "nascimento", "nacimiento")),
    (
        CODE,
        PLACE,
        ("postcode", "zip", "zipcode", "postal", "postleitzahl", "plz", "cep", "cap", "state", "streetnumber"),
    ),
    (CODE, PLACE, ("housenumber", "hausnummer", "province", "bundesland")),
    (TEXT, PLACE, ("address", "addr", "adresse", "anschrift", "street", "strasse", "city", "town", "suburb", "ort")),
    (TEXT, PLACE, ("stadt", "wohnort", "ville", "ciudad", "cidade", "citta", "endereco", "direccion", "indirizzo")),
    (TEXT, PLACE, ("locality", "county", "country", "land", "pays", "pais", "paese", "region", "location", "rua")),
    (NAME, FAMILY, ("surname", "lastname", "familyname", "nachname", "familienname", "nomdefamille", "apellido")),
    (NAME, FAMILY, ("apellidos", "cognome", "sobrenome", "achternaam", "nazwisko", "lname")),
    (NAME, GIVEN, ("givenname", "firstname", "forename", "vorname", "prenom", "fname", "voornaam", "imie")),
    (NAME, FULL, ("name", "company", "firma", "unternehmen", "organisation", "organization", "business", "account")),
    (NAME, FULL, ("entreprise", "societe", "empresa", "azienda", "nom", "nome", "nombre", "razonsocial", "title")),
    (CODE, OTHER, ("number", "date", "vat", "ustid", "year", "nummer", "code", "age")),
)
# Fields of --map that say what a column holds.
MAPPED: Mapping[str, tuple[str, str]] = {
    "given": (NAME, GIVEN),
    "family": (NAME, FAMILY),
    "name": (NAME, FULL),
    "company": (NAME, FULL),
    "email": (EMAIL, REACH),
    "phone": (PHONE, REACH),
    "birth": (CODE, BIRTH),
    "address": (TEXT, PLACE),
    "city": (TEXT, PLACE),
    "postcode": (CODE, PLACE),
    "other": (TEXT, OTHER),
}
PARTS = 6
LEFT_OF_NAME = 8  # letters that a name keeps without its town
LONGEST_VALUE = 200  # letters that are compared
BEGIN = ("birth", "phone", "email", "name", "date", "year", "city", "addr", "zip")  # short ones that a word begins with
END = ("birth", "phone", "email", "name", "date", "year", "mail")  # and ends with; "ethnicity" is no city
# Addresses and numbers of a record may be of a kind, as "MailingCity" and "Work tel".
OF_A_KIND = (
    *("mailing", "billing", "shipping", "delivery", "invoice", "home", "work", "office", "private", "primary", "other"),
    *("liefer", "rechnungs", "privat"),
)
# What is said of a firm or a file beside its name, and of an address beside where it reaches.
ABOUT_FIRMS = {
    *(
        "registration",
        "register",
        "size",
        "type",
        "owner",
        "manager",
        "status",
        "stage",
        "industry",
        "sector",
        "branche",
    ),
    *("category", "source", "date", "website", "url", "file", "user", "host", "domain", "product", "item", "campaign"),
    *("currency", "balance", "revenue", "employees", "rating", "description", "typ", "art", "inhaber", "groesse"),
    *("grosse", "kategorie", "owned", "since"),
}
ABOUT_REACH = {"opt", "opted", "optin", "optout", "type", "status", "verified", "bounced", "consent", "unsubscribed"}

NOISE = re.compile(r"[^\w@.+]+")
ADDRESSES = {
    "st": "street",
    "str": "strasse",
    "ave": "avenue",
    "av": "avenue",
    "blv": "boulevard",
    "blvd": "boulevard",
    "rd": "road",
    "dr": "drive",
    "ln": "lane",
    "pl": "place",
    "sq": "square",
    "hwy": "highway",
    "ct": "court",
    "pkwy": "parkway",
    "cres": "crescent",
    "n": "north",
    "s": "south",
    "e": "east",
    "w": "west",
    "bd": "boulevard",
}


@dataclass(frozen=True, eq=False)
class Field:
    """One column: its `kind` decides how it is compared, its `role` what it says of a record.

    `values` [n] are plain, "" where nothing is known.
    """

    name: str
    kind: str
    values: Words
    role: str = OTHER

    @cached_property
    def codes(self) -> Ints:
        """The number of each value [n], -1 where nothing is known."""
        return np.fromiter(map(self.numbers.__getitem__, self.values), np.int64, len(self.values))

    @cached_property
    def numbers(self) -> Mapping[str, int]:
        """Each value and its number, in the order of first occurrence."""
        found = {"": -1}
        for value in self.values:
            found.setdefault(value, len(found) - 1)
        return found

    @cached_property
    def distinct(self) -> Words:
        """The value of each number."""
        return np.array([value for value in self.numbers if value], dtype=object)


def read_fields(
    header: Sequence[str],
    rows: Sequence[Sequence[str]],
    *,
    leave_out: Sequence[int],
    named: Mapping[int, str] | None = None,
) -> list[Field]:
    """The columns worth comparing: not secret, not of the record itself, not the same or unknown everywhere.

    `named` says of a position which of `MAPPED` it holds. Of more than twenty the ones that tell most apart.
    """
    found = []
    plain = [without_accents(plain_name(name)) for name in header]
    given = named or {}
    meant = [MAPPED[given[at]] if at in given else meant_by(name, header) for at, name in enumerate(header)]
    for at, name in enumerate(plain):
        is_left_out = name in CHANNELS or name.startswith((*SECRETS, *OF_THE_RECORD))
        if at in leave_out or (at not in given and is_left_out):
            continue
        kind, role = meant[at]
        cells = [row[at] if at < len(row) else "" for row in rows]
        known = {cell: plain_value(cell, kind, role) for cell in set(cells)}
        values = np.array([known[cell] for cell in cells], dtype=object)
        if len(set(known.values()) - {""}) > 1:
            found.append(Field(name, kind, values, role))
    found = without_towns(found)
    if len(found) > MOST_FIELDS:
        kept = sorted(found, key=lambda field: -len(field.distinct))[:MOST_FIELDS]
        found = [field for field in found if field in kept]
    return found


def without_towns(fields: Sequence[Field]) -> list[Field]:
    """Names of companies without the town that they end with: "Rossi Bakery Ulm" in Ulm is "Rossi Bakery"."""
    towns = [field.values for field in fields if field.role == PLACE and field.kind == TEXT]

    def shortened(name: str, at: int) -> str:
        for town in towns:
            words = town[at]
            if words and name.endswith(" " + words) and len(name) - len(words) > LEFT_OF_NAME:
                return name.removesuffix(" " + words)
        return name

    return [
        replace(one, values=np.array([shortened(name, at) for at, name in enumerate(one.values)], dtype=object))
        if one.role == FULL
        else one
        for one in fields
    ]


def meant_by(header: str, others: Sequence[str]) -> tuple[str, str]:
    """Kind and role by the name of the column; text that says something else where the name is not known.

    "Name" beside a given name is the family name; "nome" beside a family name is the given one.
    """
    roles = {name: _known(name) for name in others}
    kind, role = _known(header)
    plain = without_accents(plain_name(header))
    if role == FULL and plain in ("name", "nom", "nome", "nombre", "naam"):
        beside = {found for name, (_, found) in roles.items() if name != header}
        role = FAMILY if GIVEN in beside and FAMILY not in beside else role
        role = GIVEN if FAMILY in beside and GIVEN not in beside and plain != "name" else role
    return kind, role


def _known(header: str) -> tuple[str, str]:
    words = _words(header)
    plain = "".join(words)
    for whole in (plain, _without_kind(plain)):
        for kind, role, names in MEANT:
            if whole in names:
                return kind, role
    for kind, role, names in MEANT:
        name = next((name for name in names if _holds(words, name)), None)
        rest = plain.replace(name or "", "", 1)
        if name and not _is_about(words, rest, role):
            return kind, role
        if role == FULL and name and rest in NUMBERING:
            return CODE, OTHER
    return (CODE if NUMBERING & {*words} else TEXT), OTHER


def _words(header: str) -> list[str]:
    """ "MailingCity", "mailing_city" and "Mailing city" as their two words, without accents."""
    apart = re.sub(r"(?<=[^\W_A-Z])(?=[A-Z])", " ", header)
    return re.sub(r"[\W_]+", " ", without_accents(apart)).split()


def _without_kind(plain: str) -> str:
    kind = next((kind for kind in OF_A_KIND if plain.startswith(kind)), "")
    return plain.removeprefix(kind)


def _holds(words: Sequence[str], name: str) -> bool:
    """A long name is anywhere in the header, a short one at the edge of a word: digits at its end don't count."""
    if len(name) >= PARTS:
        return name in "".join(words)
    bare = [word.rstrip("0123456789") for word in words]
    return any((name in BEGIN and word.startswith(name)) or (name in END and word.endswith(name)) for word in bare)


def _is_about(words: Sequence[str], rest: str, role: str) -> bool:
    """The column holds something else about what it names, as "Company size", "Account ID" and "Email opt out".

    `rest` is what the header says beside the name.
    """
    if role == REACH:
        return bool(ABOUT_REACH & {*words, rest})
    return role == FULL and (bool((ABOUT_FIRMS | NUMBERING) & {*words, rest}) or rest.endswith(("number", "nummer")))


def kind_of(header: str) -> str:
    """How a column of this name is compared."""
    return _known(header)[0]


def plain_value(cell: str, kind: str, role: str = OTHER) -> str:
    """Lower case, without accents and punctuation; e-mail as it is, numbers and codes without separators.

    Words of an address are written out: "12 Main St." is "12 main street".
    """
    text = without_accents(cell.strip()[:LONGEST_VALUE])[:LONGEST_VALUE]
    if text in NOTHING:
        return ""
    if kind == EMAIL:
        return text.replace(" ", "")
    if kind == PHONE:
        return re.sub(r"\D", "", text)[-10:]
    if kind == CODE:
        return re.sub(r"[\W_]+", "", text.removesuffix(".0"))
    words = NOISE.sub(" ", text.replace(".", " ").replace("'", "")).split()
    if role == PLACE:
        words = [_written_out(word) for word in words]
    return " ".join(words)


def _written_out(word: str) -> str:
    if len(word) > PARTS and word.endswith("str"):
        return word + "asse"
    return ADDRESSES.get(word, word)
