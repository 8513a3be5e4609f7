"""What each column of a list of people or companies holds, and its values in a plain form to compare."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from analytics.ml.table import plain_name

Words = NDArray[np.object_]
NAME, TEXT, CODE, PHONE, EMAIL = "name", "text", "code", "phone", "email"
NOTHING = {"", "nan", "none", "null", "na", "n/a", "-", "?"}
SECRETS = ("socsecid", "ssn", "socialsecurity", "taxid", "passport")
IDS = ("id", "uniqueid", "recid", "recordid", "personid", "customerid", "contactid", "companyid", "rowid", "rid")
CLUSTERS = (
    *("cluster", "clusterid", "clusternumber", "truth", "groundtruth", "truthid", "entityid", "entity", "trueid"),
    *("groupid", "matchid", "masterid", "goldid", "realid", "duplicategroup", "dupgroup", "duplicateid"),
)
FAMILY = ("surname", "lastname", "familyname", "nachname", "nom", "apellido", "cognome")
GIVEN = ("givenname", "firstname", "forename", "vorname", "prenom", "nombre", "nome")
KINDS: Mapping[str, tuple[str, ...]] = {
    EMAIL: ("email", "mail"),
    PHONE: ("phone", "mobile", "telephone", "telefon", "tel", "fax", "cell"),
    CODE: ("dob", "dateofbirth", "birth", "date", "postcode", "zip", "postal", "plz", "number", "vat", "year", "state"),
    NAME: ("name", "surname", "forename", "vorname", "nachname", "company", "firma"),
}
NOISE = re.compile(r"[^\w@.+]+")
LOCAL = str.maketrans({"ß": "ss", "ø": "o", "ł": "l", "æ": "ae", "œ": "oe", "đ": "d"})


@dataclass(frozen=True, eq=False)
class Field:
    """One column: its `kind` decides how it is compared; `values` [n] are plain, "" where nothing is known."""

    name: str
    kind: str
    values: Words


def read_fields(header: Sequence[str], rows: Sequence[Sequence[str]], *, leave_out: Sequence[int]) -> list[Field]:
    """The columns worth comparing: not secret, not the same or unknown everywhere; swapped names are one field more."""
    found = []
    for at, name in enumerate(header):
        plain = plain_name(name)
        if at in leave_out or plain.startswith(SECRETS):
            continue
        kind = kind_of(plain)
        values = np.array([plain_value(row[at] if at < len(row) else "", kind) for row in rows], dtype=object)
        if len(set(values) - {""}) > 1:
            found.append(Field(plain, kind, values))
    return found


def kind_of(plain: str) -> str:
    """By the name of the column; text where it says nothing."""
    return next((kind for kind, names in KINDS.items() if any(name in plain for name in names)), TEXT)


def plain_value(cell: str, kind: str) -> str:
    """Lower case, without accents and punctuation; e-mail as it is, numbers and codes without separators."""
    text = unicodedata.normalize("NFKD", cell.strip().casefold().translate(LOCAL))
    text = "".join(char for char in text if not unicodedata.combining(char))
    if text in NOTHING:
        return ""
    if kind == EMAIL:
        return text.replace(" ", "")
    if kind == PHONE:
        return re.sub(r"\D", "", text)[-10:]
    if kind == CODE:
        return re.sub(r"[\W_]+", "", text)
    return " ".join(NOISE.sub(" ", text.replace(".", " ").replace("'", "")).split())
