"""Recognising columns: exports of known programs, and headers of no program in particular in many languages."""

import json

import pytest

from crm.importing.headers import mapping_key, normalise_header, recognise_headers
from tests.data import shared_data

KIND = {"contact": "people", "lead": "people", "company": "companies", "order": "orders", "deal": "deals"}


def targets(header: str, kind: str | None = None) -> list[str | None]:
    return [m.target if m.is_sure else None for m in recognise_headers(header.split(","), kind).matches]


@pytest.mark.parametrize(
    ("written", "normal"),
    [
        ("*ContactName", "contact name"),
        ("E-mail 1 - Value", "email 1 value"),
        ("invoice_date", "invoice date"),
        ("Prénom ", "prenom"),
        ("\ufeffFirst Name", "first name"),
        ("Straße", "strasse"),
        ("MailingStreet", "mailing street"),
        ("ADDRESS1", "address 1"),
    ],
)
def test_headers_are_compared_in_a_normal_form(written: str, normal: str) -> None:
    assert normalise_header(written) == normal


def test_online_retail_columns_are_recognised() -> None:
    found = recognise_headers(
        "invoice,stock_code,description,quantity,invoice_date,unit_price,customer_id,country".split(",")
    )
    assert found.kind == "orders"
    assert [m.target for m in found.matches] == [
        "order.number", "line.sku", "line.name", "line.quantity", "order.created_at", "line.price", "order.customer_id",
        "order.country",
    ]  # fmt: skip
    assert all(m.is_sure for m in found.matches)


@pytest.mark.parametrize(
    "header",
    [
        "InvoiceNo,StockCode,Quantity,InvoiceDate,UnitPrice,CustomerID",
        "Order ID,SKU,Qty,Order Date,Unit Price,Customer ID",
        "Rechnungsnr.,Artikelnummer,Menge,Rechnungsdatum,Einzelpreis,Kundennummer",
        "N° facture,Référence,Quantité,Date facture,Prix unitaire,N° client",
        "Nº de factura,Código de producto,Cantidad,Fecha de factura,Precio unitario,Número de cliente",
        "Numero fattura,Codice prodotto,Quantità,Data fattura,Prezzo unitario,Codice cliente",
        "Número da fatura,Código do produto,Quantidade,Data da fatura,Preço unitário,Código do cliente",
        "Factuurnummer,Artikelcode,Aantal,Factuurdatum,Stukprijs,Klantnummer",
        "رقم الفاتورة,رمز المنتج,الكمية,تاريخ الفاتورة,سعر الوحدة,رقم العميل",
    ],
)
def test_order_lines_are_recognised_in_eight_languages(header: str) -> None:
    found = recognise_headers(header.split(","))
    assert found.kind == "orders"
    assert [m.target for m in found.matches if m.is_sure] == [
        "order.number", "line.sku", "line.quantity", "order.created_at", "line.price", "order.customer_id",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        "First name,Last name,E-mail,Mobile,City,Postcode,Country",
        "Vorname,Nachname,E-Mail-Adresse,Handy,Ort,PLZ,Land",
        "Prénom,Nom,Adresse e-mail,Portable,Ville,Code postal,Pays",
        "Nombre,Apellidos,Correo electrónico,Móvil,Ciudad,Código postal,País",
        "Nome,Cognome,Indirizzo e-mail,Cellulare,Città,CAP,Paese",
        "Nome,Sobrenome,E-mail,Celular,Cidade,CEP,País",
        "Voornaam,Achternaam,E-mailadres,Mobiel,Woonplaats,Postcode,Land",
        "الاسم الأول,اسم العائلة,البريد الإلكتروني,الجوال,المدينة,الرمز البريدي,الدولة",
    ],
)
def test_people_are_recognised_in_eight_languages(header: str) -> None:
    assert recognise_headers(header.split(",")).kind == "people"
    assert targets(header) == [
        "person.first_name", "person.last_name", "person.email", "person.phone_mobile", "person.city",
        "person.postal_code", "person.country",
    ]  # fmt: skip


def test_a_french_nom_alone_is_the_whole_name() -> None:
    assert targets("Nom,Courriel", "people")[0] == "person.full_name"
    assert targets("Nom,Prénom,Courriel", "people")[0] == "person.last_name"


def test_what_must_not_come_in_stays_out() -> None:
    assert set(targets("Government ID Number,Bank Account Number,Password,Card Last4,Given Name Yomi", "people")) == {
        None
    }


def test_an_opt_out_is_never_read_as_consent() -> None:
    assert targets("Email,Email Opt Out,Unsubscribed from all email", "people")[1:] == ["consent.email_opt_out"] * 2


def test_a_mapping_is_remembered_for_the_same_columns_in_any_order() -> None:
    assert mapping_key(["E-Mail", "Name"]) == mapping_key(["name", "e-mail"]) != mapping_key(["name"])


def test_at_least_97_percent_of_known_exports_columns_get_the_right_target() -> None:
    sources = json.loads(shared_data("import-headers/headers.json").read_text())["sources"]
    right, wrong, total = 0, [], 0
    for source in sources:
        if source["entity"] not in KIND or source["id"] == "vcard":
            continue
        found = recognise_headers([column["header"] for column in source["columns"]])
        assert found.kind == KIND[source["entity"]], source["id"]
        for column, match in zip(source["columns"], found.matches, strict=True):
            expected = column["target"] and column["target"].replace("contact.", "person.").replace("lead.", "person.")
            got = match.target if match.is_sure else None
            total += 1
            right += got == expected
            if got and got != expected:
                wrong.append((source["id"], column["header"], got))
    assert right / total >= 0.97
    assert len(wrong) <= 0.01 * total, wrong
