"""What a column of a list of people or companies means, and how its values are compared."""

from typing import Any

import numpy as np
import pytest

from analytics.ml.duplicates.fields import (
    BIRTH,
    CODE,
    EMAIL,
    FAMILY,
    FULL,
    LONGEST_VALUE,
    NAME,
    OTHER,
    PHONE,
    PLACE,
    REACH,
    TEXT,
    kind_of,
    meant_by,
    plain_value,
    read_fields,
)
from analytics.ml.duplicates.likeness import levels_of


def test_a_secret_number_is_no_field() -> None:
    rows = [[str(i), f"name {i}"] for i in range(5)]
    assert [field.name for field in read_fields(["soc_sec_id", "name"], rows, leave_out=[])] == ["name"]


@pytest.mark.parametrize(
    ("cell", "kind", "plain"),
    [
        (" Ännchen  O'Neil-Groß ", NAME, "annchen oneil gross"),
        ("Ann@Example.com ", EMAIL, "ann@example.com"),
        ("+49 (30) 123 45-67", PHONE, "9301234567"),
        ("1980-02-03", CODE, "19800203"),
        ("N/A", TEXT, ""),
    ],
)
def test_values_are_compared_in_a_plain_form(cell: Any, kind: Any, plain: Any) -> None:
    assert plain_value(cell, kind) == plain


def test_columns_tell_their_kind_by_their_name() -> None:
    named = [("email", EMAIL), ("mobilephone", PHONE), ("dateofbirth", CODE), ("surname", NAME), ("address1", TEXT)]
    assert [kind_of(name) for name, _ in named] == [kind for _, kind in named]


@pytest.mark.parametrize(
    ("left", "right", "level"),
    [
        ("grand palace cafe", "grand palace dining room", 1),
        ("restaurant katsu", "katsu", 2),
        ("huber gmbh", "huber ag", 3),
        ("acme software solutions", "acme sofware solutions", 3),
    ],
)
def test_names_of_companies_are_compared_by_the_words_that_tell(left: Any, right: Any, level: Any) -> None:
    fields = read_fields(["company"], [[left], [right]], leave_out=[])
    assert levels_of(fields, np.array([[0, 1]]))[0, 0] == level


def test_street_numbers_that_differ_are_another_address() -> None:
    rows = [["12 Main St."], ["12 main street"], ["14 main street"]]
    levels = levels_of(read_fields(["street"], rows, leave_out=[]), np.array([[0, 1], [0, 2]]))
    assert levels[:, 0].tolist() == [4, 1]


@pytest.mark.parametrize(
    ("header", "roles"),
    [
        (
            ["Vorname", "Name", "Straße", "PLZ", "Ort", "Telefon", "E-Mail"],
            "given family place place place reach reach",
        ),
        (
            ["Prénom", "Nom", "Adresse", "Code postal", "Ville", "Téléphone", "Courriel"],
            "given family place place place reach reach",
        ),
        (
            ["Nome", "Sobrenome", "Endereço", "CEP", "Cidade", "Telefone", "E-mail"],
            "given family place place place reach reach",
        ),
        (
            ["Nome", "Cognome", "Indirizzo", "CAP", "Città", "Cellulare", "Email"],
            "given family place place place reach reach",
        ),
        (["full_name", "dob", "birth_place", "postcode_fake", "occupation"], "full birth birth place other"),
        (["Firma", "Anschrift", "Hotelkategorie"], "full place other"),
    ],
)
def test_columns_tell_their_role_in_several_languages(header: Any, roles: Any) -> None:
    rows = [[f"a{n}{at}" for at in range(len(header))] for n in range(3)]
    assert [field.role for field in read_fields(header, rows, leave_out=[])] == roles.split()


@pytest.mark.parametrize(
    ("header", "kind", "role"),
    [
        ("MailingStreet", TEXT, PLACE),
        ("MailingCity", TEXT, PLACE),
        ("mailingcity", TEXT, PLACE),
        ("MailingState", CODE, PLACE),
        ("Mailing Postal Code", CODE, PLACE),
        ("MailingCountry", TEXT, PLACE),
        ("E-Mail address", EMAIL, REACH),
        ("Kundenmail", EMAIL, REACH),
        ("Work tel", PHONE, REACH),
        ("Phone 2", PHONE, REACH),
        ("Email Opt Out", TEXT, OTHER),
        ("HasOptedOutOfEmail", TEXT, OTHER),
        ("Account Number", CODE, OTHER),
        ("Account ID", CODE, OTHER),
        ("accountid", CODE, OTHER),
        ("Company Registration Number", CODE, OTHER),
        ("companyregistrationnumber", CODE, OTHER),
        ("Company size", TEXT, OTHER),
        ("companysize", TEXT, OTHER),
        ("Business Type", TEXT, OTHER),
        ("Account Owner", TEXT, OTHER),
        ("Filename", TEXT, OTHER),
        ("Ethnicity", TEXT, OTHER),
        ("Capacity", TEXT, OTHER),
        ("City of residence", TEXT, PLACE),
        ("Home town", TEXT, PLACE),
        ("Birth name", NAME, FAMILY),
        ("Date of birth", CODE, BIRTH),
        ("Account Name", NAME, FULL),
        ("Firmenname", NAME, FULL),
        ("Company", NAME, FULL),
    ],
)
def test_a_column_is_what_its_words_say_and_not_what_they_hold(header: str, kind: str, role: str) -> None:
    assert meant_by(header, [header, "Vorname"]) == (kind, role)


def test_no_value_is_compared_beyond_its_first_letters() -> None:
    assert len(plain_value("ab " * 100_000, NAME, FULL)) <= LONGEST_VALUE
    assert len(plain_value("\ufdfa" * 1000, TEXT)) <= LONGEST_VALUE
