"""The reply is found in mails of many programs and languages, and own words are never lost."""

import email
import email.policy
import time
from pathlib import Path

import pytest

from inbox.replies import split_reply

REPLIES = Path(__file__).parents[3] / "shared" / "data" / "corpora" / "replies"

ATTRIBUTIONS = [
    "On Tue, 3 May 2022 at 10:15, Shop <shop@example.com> wrote:",
    "On Tue, May 3, 2022 at 10:15 AM Shop of the\nOld Town <\nshop@example.com> wrote:",
    "Am Di., 3. Mai 2022 um 10:15 Uhr schrieb Laden <shop@example.com>:",
    "Laden <shop@example.com> schrieb am Di., 3. Mai 2022, 10:15:",
    "Am 03.05.22 um 10:15 schrieb Laden:",
    "Le mar. 3 mai 2022 à 10:15, Boutique <shop@example.com> a écrit :",
    "El mar, 3 may 2022 a las 10:15, Tienda (<shop@example.com>) escribió:",
    "Il giorno mar 3 mag 2022 alle ore 10:15 Negozio <shop@example.com> ha scritto:",
    "Em ter., 3 de mai. de 2022 às 10:15, Loja <shop@example.com> escreveu:",
    "Op di 3 mei 2022 om 10:15 schreef Winkel <shop@example.com>:",
    "wt., 3 maj 2022 o 10:15 Sklep <shop@example.com> napisał(a):",
    "W dniu 3.05.2022 o 10:15, Sklep pisze:",
    "Den tis 3 maj 2022 kl 10:15 skrev Butik <shop@example.com>:",
    "Den tir. 3. maj 2022 kl. 10.15 skrev Butik <shop@example.com>:",
    "ti 3. toukok. 2022 klo 10.15 Kauppa (shop@example.com) kirjoitti:",
    "út 3. 5. 2022 v 10:15 odesílatel Obchod <shop@example.com> napsal:",
    "Bolt <shop@example.com> ezt írta (időpont: 2022. máj. 3., K, 10:15):",
    "În mar., 3 mai 2022 la 10:15, Magazin <shop@example.com> a scris:",
    "Dükkan <shop@example.com>, 3 May 2022 Sal, 10:15 tarihinde şunu yazdı:",
    "вт, 3 мая 2022 г. в 10:15, Магазин <shop@example.com>:",
    "2022年5月3日(火) 10:15 店 <shop@example.com>:",
    "2022-05-03 10:15 GMT+02:00 Shop <shop@example.com>:",
]
HEADERS = [
    "From: Shop <shop@example.com>\nSent: Tuesday, May 3, 2022\nTo: Me me@example.org\nSubject: Your order",
    "Von: Laden <shop@example.com>\nGesendet: Dienstag, 3. Mai 2022\nAn: Ich me@example.org\nBetreff: Ihre Bestellung",
    "De : Boutique <shop@example.com>\nEnvoyé : mardi 3 mai 2022\nÀ : Moi me@example.org\nObjet : Votre commande",
    "De: Tienda <shop@example.com>\nEnviado: martes, 3 de mayo de 2022\nPara: Yo me@example.org\nAsunto: Su pedido",
    "De: Loja <shop@example.com>\nEnviado: terça-feira, 3 de maio de 2022\nPara: Eu me@example.org\nAssunto: Pedido",
    "Da: Negozio <shop@example.com>\nInviato: martedì 3 maggio 2022\nA: Io me@example.org\nOggetto: Il tuo ordine",
    "Van: Winkel <shop@example.com>\nVerzonden: dinsdag 3 mei 2022\nAan: Mij me@example.org\nOnderwerp: Bestelling",
    "Od: Sklep <shop@example.com>\nWysłano: wtorek, 3 maja 2022\nDo: Ja me@example.org\nTemat: Zamówienie",
    "*From:* Shop\n*Date:* 2022-05-03\n*To:* me@example.org\n*Subject:* A long subject\nthat was wrapped",
    "From: Shop <shop@example.com>\n\nSent: Tuesday, May 3, 2022\n\nTo: Me me@example.org\n\nSubject: Your order",
]
MARKERS = [
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "-------- Message d'origine --------",
    "-----Mensaje original-----",
    "----- Messaggio originale -----",
    "-----Oorspronkelijk bericht-----",
    "---------- Forwarded message ---------",
    "---------- Weitergeleitete Nachricht ---------",
    "Begin forwarded message:",
    "##- Please type your reply above this line -##",
]
DEVICE_LINES = [
    "Sent from my iPhone",
    "Sent from Yahoo Mail on Android",
    "Get Outlook for iOS<https://aka.ms/x>",
    "Von meinem iPhone gesendet",
    "Gesendet mit der GMX Mail App",
    "Diese Nachricht wurde von meinem Android-Gerät mit K-9 Mail gesendet.",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Wysłane z iPhone'a",
    "Skickat från min iPhone",
    "Sendt fra min iPhone",
]
DISCLAIMERS = [
    "This e-mail and any attachments are confidential and intended solely for the addressee. If you are not the"
    " intended recipient, please delete it.",
    "Diese E-Mail enthält vertrauliche und rechtlich geschützte Informationen. Wenn Sie nicht der richtige Adressat"
    " sind, vernichten Sie diese E-Mail.",
    "Ce message et ses pièces jointes sont confidentiels et réservés à l'usage exclusif de leurs destinataires nommés.",
    "Este mensaje y sus archivos adjuntos son confidenciales y se dirigen exclusivamente a su destinatario.",
    "Questo messaggio contiene informazioni riservate ed è destinato esclusivamente ai destinatari sopra indicati.",
    "Dit bericht is vertrouwelijk en uitsluitend bestemd voor de geadresseerde; elk ander gebruik is niet toegestaan.",
    "Please consider the environment before printing this e-mail.",
]
OWN = "Thank you, but the parcel was damaged.\n\nWhat shall I do now?"


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_reply_above_an_attribution_is_found(attribution: str) -> None:
    reply = split_reply(f"{OWN}\n\n{attribution}\n\n> We have sent your order.\n> Your shop\n")
    assert reply.text == OWN
    assert reply.quoted.startswith(attribution)


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_quoted_text_without_angle_brackets_is_cut_too(attribution: str) -> None:
    assert split_reply(f"{OWN}\n\n{attribution}\n\nWe have sent your order.\nYour shop\n").text == OWN


@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_reply_below_the_quotation_is_found(attribution: str) -> None:
    assert split_reply(f"{attribution}\n> We have sent your order.\n>\n> Your shop\n\n{OWN}").text == OWN


@pytest.mark.parametrize("headers", HEADERS)
@pytest.mark.parametrize("ruler", ["", "________________________________\n", " ------------------------------\n\n"])
def test_reply_above_a_header_block_is_found(headers: str, ruler: str) -> None:
    assert split_reply(f"{OWN}\n\n{ruler}{headers}\n\nWe have sent your order.\n").text == OWN


@pytest.mark.parametrize("marker", MARKERS)
def test_reply_above_a_marker_is_found(marker: str) -> None:
    assert split_reply(f"{OWN}\n\n{marker}\nFrom: Shop\n\nWe have sent your order.").text == OWN


@pytest.mark.parametrize("line", DEVICE_LINES)
def test_device_line_is_signature(line: str) -> None:
    reply = split_reply(f"{OWN}\n\n{line}\n")
    assert (reply.text, reply.signature) == (OWN, line)


@pytest.mark.parametrize("disclaimer", DISCLAIMERS)
def test_disclaimer_is_signature(disclaimer: str) -> None:
    reply = split_reply(f"{OWN}\n\n{disclaimer}")
    assert (reply.text, reply.signature) == (OWN, disclaimer)


def test_signature_below_two_dashes_is_parted() -> None:
    reply = split_reply(f"{OWN}\n\n-- \nOld Town Shop\nMarket Street 1\n+44 20 7946 0000")
    assert reply.text == OWN
    assert reply.signature.startswith("-- \nOld Town Shop")


def test_contact_details_below_a_closing_are_signature_and_the_name_stays() -> None:
    reply = split_reply(f"{OWN}\n\nBest regards,\nThe buyer\nPurchasing\nTel. +44 20 7946 0000\nwww.example.com")
    assert reply.text == f"{OWN}\n\nBest regards,\nThe buyer"


def test_answers_between_quoted_lines_stay_with_their_questions() -> None:
    answers = "> Shall we send it on Monday?\n\nYes, please.\n\n> Gift wrapping?\n\nNo, thank you."
    reply = split_reply(f"See below.\n\nOn Tue, 3 May 2022 at 10:15, Shop <shop@example.com> wrote:\n\n{answers}\n")
    assert "See below." in reply.text
    assert "Yes, please." in reply.text
    assert "Gift wrapping?" in reply.text
    assert "wrote" not in reply.text


def test_wrapped_end_of_a_quoted_line_is_no_answer() -> None:
    quote = "> This line of the shop was so long that the mail program wrapped\nit here\n> and went on."
    assert split_reply(f"Fine.\n\nOn 3 May 2022, Shop <shop@example.com> wrote:\n{quote}").text == "Fine."


@pytest.mark.parametrize(
    "text",
    [
        "To: whom it may concern, from now on we order monthly.",
        "My boss wrote to you last week.\nNobody answered.",
        "We need:\n\n- 3 boxes\n- 4 bags\n\nThanks",
        "Delivery on 3 May 2022 at 10:15 please.\nPayment: invoice",
        "```\n# code\n> not a quotation\n-- \n```\n\nThat is the error.",
        "Price\n-----\n\nIs it still 30?",
        "The confidential tone of your message surprised me.",
        "From: Berlin\nTo: Paris\n\nIs that route possible?",
    ],
)
def test_own_words_are_left_alone(text: str) -> None:
    assert split_reply(text).text == text


def test_forward_without_own_words_keeps_the_forwarded_text() -> None:
    forward = "---------- Forwarded message ---------\nFrom: Shop <shop@example.com>\nSubject: Hello\n\nThe new prices."
    assert split_reply(forward).text == "The new prices."


@pytest.mark.parametrize("text", ["", "\n\n  \n", "--\n", "\u200b"])
def test_empty_mail_is_empty(text: str) -> None:
    assert split_reply(text).text == ""


def test_line_ends_of_every_system_are_understood() -> None:
    assert split_reply("Hello\r\nthere\r\n\r\n> old\r\n").text == "Hello\nthere"


@pytest.mark.parametrize("part", ["<", "On 1 ", "- ", "a@", "> \n", "From:\n", "Von ", "-- \n", "On 1 May\n"])
def test_hostile_text_costs_little(part: str) -> None:
    started = time.process_time()
    split_reply(part * 20_000)
    assert time.process_time() - started < 12  # about 1 s; who looked back at each line would take minutes


def test_published_reply_pairs_are_nearly_all_right() -> None:
    if not REPLIES.exists():
        pytest.skip("needs ../shared/data/corpora/replies")
    folder = REPLIES / "email-reply-trimmer"
    pairs = [(path, path.with_name(path.name.replace("emails__", "trimmed__"))) for path in folder.glob("emails__*")]
    wrong = [
        mail.name
        for mail, trimmed in pairs
        if split_reply(mail.read_text()).text.strip() != trimmed.read_text().strip()
    ]
    assert len(pairs) > 30
    assert len(wrong) <= len(pairs) * 0.05, wrong


def test_published_replies_of_mail_programs_say_hello() -> None:
    if not REPLIES.exists():
        pytest.skip("needs ../shared/data/corpora/replies")
    for path in (REPLIES / "talon").glob("*.eml"):
        part = email.message_from_bytes(path.read_bytes(), policy=email.policy.default).get_body(("plain",))
        assert part is not None
        assert split_reply(part.get_content()).text == "Hello"
