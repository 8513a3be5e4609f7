"""One shop, one list of leads, one of texts, as files of many countries and programs: all are read as the clean one."""

import math
import random
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from analytics.ml.recommend.reading import read_baskets
from analytics.ml.tabular.table import Choices, read_examples
from analytics.ml.text.evaluate import read_rows
from analytics.ml.transactions import read_transactions

Line = tuple[int, date, str, int, float]
Lead = tuple[int, date, int, float, str, bool]
TODAY = date(2026, 11, 30)


def sales() -> list[Line]:
    rng = random.Random(1)
    return [
        (
            100 + rng.randrange(30),
            date(2024, 1, 1) + timedelta(rng.randrange(300)),
            f"P{rng.randrange(12)}",
            rng.randrange(1, 4),
            rng.randrange(100, 250_000) / 100,
        )
        for _ in range(300)
    ]


def leads() -> list[Lead]:
    rng = random.Random(2)
    found = []
    for number in range(300):
        visits, budget, source = (
            rng.randrange(12),
            rng.randrange(100, 250_000) / 100,
            rng.choice(["web", "fair", "phone"]),
        )
        is_won = rng.random() < 1 / (1 + math.exp(2 - 0.3 * visits))
        found.append((number, date(2023, 1, 1) + timedelta(number), visits, budget, source, is_won))
    return found


def comma(amount: float) -> str:
    """1.234,56"""
    return f"{amount:,.2f}".translate(str.maketrans(",.", ".,"))


def french(amount: float) -> str:
    """1 234,56 with a narrow space"""
    return f"{amount:,.2f}".replace(",", "\u202f").replace(".", ",")


def write(path: Path, header: str, lines: list[str], *, encoding: str = "utf-8") -> Path:
    path.write_bytes("\r\n".join([header, *lines, ""]).encode(encoding))
    return path


CLEAN = "customer_id,date,product,quantity,amount"
FORMS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "german": (
        "Kundennr;Bestelldatum;Artikelnr;Menge;Betrag (EUR)",
        lambda r: f"{r[0]};{r[1]:%d.%m.%Y};{r[2]};{r[3]};{comma(r[4])}",
    ),
    "german_with_hours": (
        "Kunden-Nr.;Rechnungsdatum;Artikel;Stückzahl;Gesamtbetrag brutto",
        lambda r: f"{r[0]};{r[1]:%d.%m.%y} 13:45;{r[2]};{r[3]};{comma(r[4])} €",
    ),
    "french": (
        "N° client;Date de commande;Référence;Quantité;Montant TTC",
        lambda r: f"{r[0]};{r[1]:%d/%m/%Y};{r[2]};{r[3]};{french(r[4])} €",
    ),
    "french_short": (
        "Numéro client;Date commande;Réf. produit;Qté;Total TTC",
        lambda r: f"{r[0]};{r[1]:%d/%m/%Y %H:%M};{r[2]};{r[3]};{french(r[4])}",
    ),
    "portuguese": (
        "Código do cliente;Data da compra;Código do produto;Quantidade;Valor total",
        lambda r: f"{r[0]};{r[1]:%d/%m/%Y};{r[2]};{r[3]};R$ {comma(r[4])}",
    ),
    "portuguese_short": (
        "ID Cliente;Data do pedido;Produto;Qtd;Valor",
        lambda r: f"{r[0]};{r[1]};{r[2]};{r[3]};{comma(r[4])}",
    ),
    "spanish": (
        "Nº de cliente;Fecha de pedido;Artículo;Cantidad;Importe total",
        lambda r: f"{r[0]};{r[1]:%d-%m-%Y};{r[2]};{r[3]};{comma(r[4])}",
    ),
    "italian": (
        "Codice cliente;Data ordine;Codice articolo;Quantità;Importo",
        lambda r: f"{r[0]};{r[1]:%d/%m/%Y};{r[2]};{r[3]};{comma(r[4])}",
    ),
    "dutch": (
        "Klantnr;Besteldatum;Artikelnummer;Aantal;Bedrag",
        lambda r: f"{r[0]};{r[1]:%d-%m-%Y};{r[2]};{r[3]};{comma(r[4])}",
    ),
    "polish": (
        "Nr klienta;Data zamówienia;Produkt;Ilość;Kwota",
        lambda r: f"{r[0]};{r[1]:%d.%m.%Y};{r[2]};{r[3]};{comma(r[4])}",
    ),
    "web_shop": (
        "Email,Created at,Lineitem name,Lineitem quantity,Total",
        lambda r: f"{r[0]},{r[1]} 10:00:00 +0200,{r[2]},{r[3]},{r[4]:.2f}",
    ),
    "another_web_shop": (
        "date_completed,customer_user,product_sku,qty,line_total",
        lambda r: f"{r[1]}T10:00:00Z,{r[0]},{r[2]},{r[3]},{r[4]:.2f}",
    ),
    "zones_and_floats": (
        "customerId,orderDate,sku,qty,orderTotal,internalNote,currency",
        lambda r: f'{r[0]}.0,{r[1]}T12:00:00+02:00,{r[2]},{r[3]},"${r[4]:,.2f}",please call back,USD',
    ),
    "american": (
        "Customer ID,Order Date,Product ID,Quantity,Sales,Profit",
        lambda r: f"{r[0]},{r[1]:%m/%d/%Y},{r[2]},{r[3]},{r[4]:.2f},1",
    ),
}


@pytest.mark.parametrize("form", FORMS)
def test_orders_of_any_country_are_the_orders_of_the_clean_file(form: str, tmp_path: Path) -> None:
    header, line = FORMS[form]
    clean = write(tmp_path / "clean.csv", CLEAN, [f"{c},{d},{p},{q},{a:.2f}" for c, d, p, q, a in sales()])
    other = write(
        tmp_path / "other.csv",
        header,
        [line(row) for row in sales()],
        encoding="cp1252" if form == "german" else "utf-8",
    )
    plain, found = read_transactions(clean), read_transactions(other)
    assert (found.rows, found.skipped) == (plain.rows, {})
    for name in ("customer_ids", "days", "amounts"):
        ours, theirs = getattr(found.purchases, name).tolist(), getattr(plain.purchases, name).tolist()
        assert ours == pytest.approx(theirs) if name == "amounts" else ours == theirs
    one, other_baskets = read_baskets(clean).baskets, read_baskets(other).baskets
    for name in ("customers", "items", "days", "quantities"):
        assert getattr(other_baskets, name).tolist() == getattr(one, name).tolist()


TABLES: dict[str, tuple[str, Callable[[Any], str], set[str]]] = {
    "german": (
        "Lead-Nr;Erstellt am;Besuche;Budget (EUR);Quelle;Gewonnen;Abschlussdatum;Verlustgrund;Notiz",
        lambda r: (
            f"L{r[0]:04};{r[1]:%d.%m.%Y};{r[2]};{comma(r[3])};{r[4]};{'ja' if r[5] else 'nein'};"
            f"{r[1] + timedelta(20):%d.%m.%Y};{'' if r[5] else 'Preis'};Hat am Montag angerufen, fragt nach Nr. {r[0]}"
        ),
        {"Lead-Nr", "Abschlussdatum", "Verlustgrund", "Notiz"},
    ),
    "won_or_lost": (
        "Opportunity ID,Create Date,Visits,Budget,Source,Outcome,closed_date,Constant",
        lambda r: (
            f'L{r[0]:04},{r[1]:%m/%d/%Y},{r[2]},"${r[3]:,.2f}",{r[4]},{"Won" if r[5] else "Lost"},'
            f"{r[1] + timedelta(20):%m/%d/%Y},x"
        ),
        {"Opportunity ID", "closed_date", "Constant"},
    ),
    "floats_and_zones": (
        "id,created,visits,budget,source,is_converted",
        lambda r: f"{r[0]}.0,{r[1]}T10:00:00+01:00,{r[2]}.0,{r[3]},{r[4]},{float(r[5])}",
        {"id"},
    ),
    "true_or_false": (
        "id,date,visits,budget,source,won",
        lambda r: f"{r[0]},{r[1]},{r[2]},{r[3]},{r[4]},{r[5]}",
        {"id"},
    ),
    "french": (
        "N° prospect;Date de création;Visites;Budget;Origine;Résultat;Date de clôture",
        lambda r: (
            f"L{r[0]:04};{r[1]:%d/%m/%Y};{r[2]};{comma(r[3])};{r[4]};{'Gagné' if r[5] else 'Perdu'};"
            f"{r[1] + timedelta(20):%d/%m/%Y}"
        ),
        {"N° prospect", "Date de clôture"},
    ),
    "portuguese": (
        "Código;Data de criação;Visitas;Orçamento;Origem;Situação",
        lambda r: f"L{r[0]:04};{r[1]:%d/%m/%Y};{r[2]};{comma(r[3])};{r[4]};{'Ganho' if r[5] else 'Perdido'}",
        {"Código"},
    ),
    "spanish": (
        "Oportunidad;Fecha de creación;Visitas;Presupuesto;Origen;Estado;Fecha de cierre",
        lambda r: (
            f"L{r[0]:04};{r[1]:%d/%m/%Y};{r[2]};{comma(r[3])};{r[4]};{'Ganada' if r[5] else 'Perdida'};"
            f"{r[1] + timedelta(20):%d/%m/%Y}"
        ),
        {"Oportunidad", "Fecha de cierre"},
    ),
    "stages": (
        "Deal Name,Created Date,Visits,Amount,Lead Source,Stage,Close Date",
        lambda r: (
            f"Deal {r[0]},{r[1]},{r[2]},{r[3]},{r[4]},{'Closed Won' if r[5] else 'Closed Lost'},{r[1] + timedelta(20)}"
        ),
        {"Deal Name", "Close Date"},
    ),
}


@pytest.mark.parametrize("form", TABLES)
def test_leads_of_any_country_are_the_leads_of_the_clean_file(form: str, tmp_path: Path) -> None:
    header, line, left_out = TABLES[form]
    found = read_examples(
        "leads", write(tmp_path / "leads.csv", header, [line(row) for row in leads()]), Choices(), today=TODAY
    )
    assert found.outcome.tolist() == [float(row[5]) for row in leads()]
    assert [column.kind for column in found.columns] == ["date", "number", "number", "category"]
    assert found.columns[2].values.tolist() == [row[3] for row in leads()]
    assert found.time == found.columns[0].name
    assert {one.column for one in found.left_out} == left_out
    assert found.skipped == {}


@pytest.mark.parametrize(
    ("header", "yes", "no"),
    [
        ("Vertragsnr;Laufzeit;Monatsbeitrag;Tarif;Gekündigt", "ja", "nein"),
        ("Contrat;Ancienneté;Mensualité;Formule;Résilié", "Oui", "Non"),
        ("Contrato;Meses;Mensalidade;Plano;Cancelado", "Sim", "Não"),
        ("Contrato;Meses;Cuota;Plan;Baja", "Sí", "No"),
        ("CustomerId;Tenure;Fee;Plan;Attrition_Flag", "Attrited Customer", "Existing Customer"),
        ("customer;tenure;fee;plan;Customer Status", "Churned", "Stayed"),
    ],
)
def test_contracts_of_any_country_end_as_said(header: str, yes: str, no: str, tmp_path: Path) -> None:
    lines = [f"V{n};{v};{comma(b)};{s};{yes if won else no}" for n, _, v, b, s, won in leads()]
    found = read_examples("churn_contract", write(tmp_path / "c.csv", header, lines), Choices(), today=TODAY)
    assert found.outcome.tolist() == [float(row[5]) for row in leads()]
    assert [column.kind for column in found.columns] == ["number", "number", "category"]


@pytest.mark.parametrize(
    ("header", "words"),
    [
        ("Kommentar;Bewertung", "negativ neutral positiv"),
        ("Avis;Sentiment", "négatif neutre positif"),
        ("Commentaire;Étiquette", "Négative Neutre Positive"),
        ("Comentário;Sentimento", "negativo neutro positivo"),
        ("Opinión;Sentimiento", "Negativa Neutra Positiva"),
        ("Recensione;Valutazione", "negativo neutro positivo"),
        ("Tekst;Sentiment", "negatief neutraal positief"),
        ("Treść;Ocena", "negatywny neutralny pozytywny"),
        ("review_text;rating", "1 3 5"),
        ("Text;Stars", "1.0 3.0 5.0"),
        ("content;class", "N NEU P"),
    ],
)
def test_labels_of_any_country_are_the_three_classes(header: str, words: str, tmp_path: Path) -> None:
    lines = [f"Text number {n} says something;{word}" for n in range(12) for word in words.split()]
    rows = read_rows(write(tmp_path / "texts.csv", header, lines))
    assert [row.label for row in rows] == [0, 1, 2] * 12
