"""Messages get a sentiment, a language and a sentence as evidence, or a reason why not."""

import subprocess
import sys
import time

import pytest

from analytics.ml.text.reading import NoReading, read_message, split_sentences

ANGRY = {
    "en": "I have been waiting for my refund for weeks and nobody answers, this is terrible.",
    "de": "Ich warte seit Wochen auf meine Erstattung und niemand antwortet, das ist furchtbar.",
    "es": "Llevo semanas esperando el reembolso y nadie contesta, es horrible.",
    "fr": "J'attends mon remboursement depuis des semaines et personne ne répond, c'est affreux.",
    "it": "Aspetto il rimborso da settimane e nessuno risponde, è terribile.",
    "pt": "Espero o reembolso há semanas e ninguém responde, é horrível.",
    "nl": "Ik wacht al weken op mijn terugbetaling en niemand antwoordt, vreselijk.",
    "pl": "Od tygodni czekam na zwrot pieniędzy i nikt nie odpowiada, to okropne.",
}
HAPPY = {
    "en": "The new bag is gorgeous and your team was so friendly, thank you!",
    "de": "Die neue Tasche ist wunderschön und Ihr Team war so freundlich, danke!",
    "es": "El bolso nuevo es precioso y su equipo fue muy amable, ¡gracias!",
    "fr": "Le nouveau sac est magnifique et votre équipe était si aimable, merci !",
    "it": "La nuova borsa è bellissima e il vostro team è stato gentilissimo, grazie!",
    "pt": "A nova mala é linda e a vossa equipa foi muito simpática, obrigada!",
    "nl": "De nieuwe tas is prachtig en jullie team was zo vriendelijk, dank je wel!",
    "pl": "Nowa torba jest piękna, a Państwa zespół był bardzo miły, dziękuję!",
}
PLAIN = {
    "en": "Could you tell me the opening hours of your shop on Saturday?",
    "de": "Können Sie mir die Öffnungszeiten Ihres Ladens am Samstag nennen?",
    "es": "¿Me podrían decir el horario de su tienda los sábados?",
    "fr": "Pourriez-vous me donner les horaires de votre magasin le samedi ?",
    "it": "Potreste dirmi gli orari del vostro negozio il sabato?",
    "pt": "Podem dizer-me o horário da vossa loja ao sábado?",
    "nl": "Kunt u mij de openingstijden van uw winkel op zaterdag geven?",
    "pl": "Czy mogą mi Państwo podać godziny otwarcia sklepu w sobotę?",
}


@pytest.mark.parametrize(("expected", "messages"), [("negative", ANGRY), ("positive", HAPPY), ("neutral", PLAIN)])
def test_clear_messages_are_read_in_every_shipped_language(expected: str, messages: dict[str, str]) -> None:
    readings = {language: read_message(text) for language, text in messages.items()}
    assert [reading.language for reading in readings.values()] == list(messages)
    for reading in readings.values():
        assert sum(reading.probabilities.values()) == pytest.approx(1)
        assert reading.score == pytest.approx(reading.probabilities["positive"] - reading.probabilities["negative"])
    wrong = {language for language, reading in readings.items() if reading.sentiment != expected}
    assert wrong <= {"it"} if expected == "neutral" else not wrong, "a polite request in Italian may sound annoyed"


def test_evidence_is_the_sentence_that_shows_it() -> None:
    complaint = "The handle broke off on the first day and I am furious."
    text = f"Hello,\n\nI ordered two bags last week. {complaint} My order number is 48213.\n\nRegards"
    reading = read_message(text)
    assert (reading.sentiment, reading.evidence) == ("negative", complaint)


@pytest.mark.parametrize(
    "text", ["", "   ", "ok", "Thank you!", "+1 👍👍👍👍👍", "12 34 56 78 90", "https://example.com/a/b/c/d"]
)
def test_too_little_text_gives_no_reading(text: str) -> None:
    reading = read_message(text)
    assert (reading.sentiment, reading.reason_for_none, reading.evidence) == (None, NoReading.TOO_SHORT, "")


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Спасибо большое, посылка пришла вовремя и всё в порядке.", "ru"),
        ("Jag är mycket nöjd med leveransen och kommer tillbaka nästa vecka.", "sv"),
        ("Siparişim hâlâ gelmedi ve kimse telefona cevap vermiyor.", "tr"),
    ],
)
def test_other_languages_are_named_but_not_read(text: str, language: str) -> None:
    reading = read_message(text)
    assert (reading.language, reading.sentiment) == (language, None)
    assert reading.reason_for_none is NoReading.UNSUPPORTED_LANGUAGE


@pytest.mark.parametrize("text", ["asdf qwer zxcv uiop jklö", "x9 y8 z7 q6 w5 abc def ghi"])
def test_gibberish_gives_no_reading(text: str) -> None:
    assert read_message(text).sentiment is None


def test_a_long_mail_is_read_in_windows_and_one_complaint_is_not_drowned() -> None:
    filler = "The order contains three mugs and a tray. We need them for the office on the third floor. "
    complaint = "I am very angry, everything arrived broken and you refuse to pay! This is the worst service ever. "
    assert read_message(filler * 12).sentiment == "neutral"
    assert read_message(filler * 6 + complaint * 4 + filler * 6).sentiment == "negative"


def test_an_endless_text_costs_little() -> None:
    started = time.process_time()
    read_message("This is one more sentence about nothing in particular. " * 20_000)
    read_message("a" * 200_000)
    assert time.process_time() - started < 12  # about 1.5 s; all windows of it would take minutes


@pytest.mark.parametrize("name", ["Apple", "Siemens", "Miller", "Kowalski", "Fatima", "Jean"])
def test_names_do_not_sway_the_score(name: str) -> None:
    text = "{} asked whether the table can be delivered on Friday."
    assert read_message(text.format(name)).score == pytest.approx(read_message(text.format("Anna")).score, abs=0.2)


def test_sentences_are_split_at_stops_and_lines() -> None:
    text = "Hello,\n\nit cost 3.50 at example.com. Why? I don't know!\nBye"
    assert split_sentences(text) == ["Hello,", "it cost 3.50 at example.com.", "Why?", "I don't know!", "Bye"]


@pytest.mark.parametrize(
    "text",
    ["\x00\x07\x1b[31m" * 50, "\ud800 \udfff" * 50, "\u202e" * 9000, "👩‍👩‍👧‍👦 " * 2000, "a@" * 5000, ".!" * 5000 + "x",
     "e\u0301" * 9000, "http://" * 2000, "'-" * 5000, "\xa0\u200b\ufeff" * 3000, "x" * 1_000_000],
)  # fmt: skip
def test_nasty_texts_are_answered_in_little_time(text: str) -> None:
    started = time.process_time()
    assert read_message(text).sentiment is None
    assert read_message(f"{ANGRY['en']} {text}").language is not None or len(text) > 5000
    assert time.process_time() - started < 3


def test_a_process_that_reads_stays_small_and_imports_nothing_for_training() -> None:
    code = (
        "import sys, onnxruntime, sentencepiece, resource\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "from analytics.ml.text.reading import read_message\n"
        f"assert read_message({' '.join([ANGRY['en']] * 6)!r}).sentiment == 'negative'\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
        "print(sorted({'torch', 'sklearn', 'pandas', 'django', 'scipy', 'lightgbm', 'onnx'} & sys.modules.keys()))"
    )
    # A child begins with the peak of the parent it was forked from: ours, which may be large, must not be that parent.
    small = "import subprocess, sys; sys.exit(subprocess.run([sys.executable, '-c', sys.argv[1]]).returncode)"
    command = [sys.executable, "-c", small, code]
    answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=300)
    kilobytes, heavy = answer.stdout.splitlines()
    assert int(kilobytes) / 1024 < 200, "about 158 MiB, network and language identifier together"
    assert heavy == "[]"
