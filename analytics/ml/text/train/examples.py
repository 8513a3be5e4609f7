"""The labelled texts that the network learns from: only sets whose licence lets their use reach shipped weights."""

import gzip
import hashlib
import json
import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

LABELS: Final = ("negative", "neutral", "positive")
_SHORT: Final = {"neg": 0, "neu": 1, "pos": 2}
SHIPPED: Final = ("en", "de", "es", "fr", "it", "pt", "nl", "pl")
MESSAGES: Final = Path(__file__).parent / "messages"
_CLEAR_EMOTIONS: Final = frozenset((1, 3, 5, 6))  # Plutchik's anger, disgust, joy, sadness as XED numbers them
_HELD_OUT: Final = 7  # every seventh own message is kept for the hold-out, the same one in every language


@dataclass(frozen=True)
class Example:
    """One text; `knows_neutral` is false where the set has no neutral class in that language."""

    text: str
    label: int
    language: str
    source: str
    knows_neutral: bool = True


def rows_of(data: Path, name: str, split: str | None = None) -> list[dict[str, Any]]:
    """Rows of the set `name` in the data folder, of one split or all."""
    with gzip.open(data / name / "data.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    return [row for row in rows if split in (None, row.get("split"))]


def own_messages(*, held_out: bool) -> list[Example]:
    """The messages in `messages/`: those for training, or the seventh that is held out."""
    return [
        Example(text, label, path.stem, "own_messages")
        for path in sorted(MESSAGES.glob("*.txt"))
        for label, place, text in _read_messages(path)
        if (place % _HELD_OUT == 3) == held_out
    ]


def _read_messages(path: Path) -> Iterator[tuple[int, int, str]]:
    label = place = 0
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("# "):
            label, place = LABELS.index(line[2:]), 0
        elif line.strip():
            yield label, place, line
            place += 1


def training_examples(data: Path, *, seed: int) -> list[Example]:
    """The whole mix in random order: sentences, subtitles, requests, own messages and letters made of them."""
    rng = random.Random(seed)  # noqa: S311 (shuffles examples)
    mix = [
        *2 * labelled(rows_of(data, "uci_sls", "train"), "uci_sls", knows_neutral=False),
        *_subtitles(data),
        *_requests(data),
        *_letters(own_messages(held_out=False), rng, copies=4),
    ]
    rng.shuffle(mix)
    return mix


def labelled(rows: Iterable[dict[str, Any]], source: str, *, knows_neutral: bool = True) -> list[Example]:
    """The rows as examples of that source."""
    return [Example(row["text"], _SHORT[row["label"]], row["lang"], source, knows_neutral) for row in rows]


def pick(rows: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """`count` rows, always the same ones, whatever the order of the file."""
    return sorted(rows, key=lambda row: hashlib.sha256(row["text"].encode()).digest())[:count]


def _subtitles(data: Path) -> list[Example]:
    """XED: film subtitles in 13 languages; neutral lines exist in English and Finnish alone.

    Lines whose only emotion is trust or fear are left out: most of them sound neither pleased nor annoyed. The fewer
    positive lines of a language are repeated, so that no language is learnt to be the grumpy one.
    """
    rows = [row for row in rows_of(data, "xed_polarity", "train") if 8 < len(row["text"]) < 300 and _is_clear(row)]
    found = list[Example]()
    for language in sorted({row["lang"] for row in rows}):
        size = 2500 if language == "en" else 1500 if language in SHIPPED else 500
        for label in _SHORT:
            part = pick([row for row in rows if (row["lang"], row["label"]) == (language, label)], size)
            repeated = list(islice(cycle(part), size if part else 0))
            found += labelled(repeated, "xed_polarity", knows_neutral=language in ("en", "fi"))
    return found


def _is_clear(row: dict[str, Any]) -> bool:
    return row["label"] == "neu" or not _CLEAR_EMOTIONS.isdisjoint(row["emotions"])


def _requests(data: Path) -> list[Example]:
    """Plain requests of customers and users, which are neutral as a rule."""
    sizes = {"clinc150": 1500, "massive_de": 1500, "banking77": 300}
    return [
        Example(row["text"], 1, row["lang"], name)
        for name, size in sizes.items()
        for row in pick(rows_of(data, name, "train"), size)
    ]


def _letters(messages: list[Example], rng: random.Random, *, copies: int) -> list[Example]:
    """Each message alone and `copies` times within a letter: greeting, neutral sentences, closing.

    A letter keeps the label of its one message that is not neutral.
    """
    found = list(messages)
    for message in messages:
        neutral = [other for other in messages if other.language == message.language and other.label == 1]
        for _ in range(copies):
            parts = [message.text, *(other.text for other in rng.sample(neutral, rng.choice((0, 0, 1, 1, 2))))]
            rng.shuffle(parts)
            text = " ".join(parts)
            greeting, closing = (rng.choice(words.split("|")) for words in _FRAMES[message.language])
            if rng.random() < 0.5:
                text = f"{greeting}\n\n{text}"
            if rng.random() < 0.5:
                text = f"{text}\n\n{closing}"
            if rng.random() < 0.15:
                text = text.lower()
            found.append(Example(text, message.label, message.language, "own_messages"))
    return found


_FRAMES: Final = {  # greetings, closings
    "en": ("Hello,|Hi there|Dear Sir or Madam,|Hi,", "Best regards|Thanks|Yours faithfully|Cheers"),
    "de": ("Hallo,|Guten Tag,|Sehr geehrte Damen und Herren,|Moin", "Viele Grüße|Mit freundlichen Grüßen|MfG|Danke"),
    "es": ("Hola:|Buenos días,|Estimados señores:|Buenas tardes", "Saludos|Un saludo|Atentamente|Gracias"),
    "fr": ("Bonjour,|Bonsoir|Madame, Monsieur,|Salut,", "Cordialement|Merci|Sincères salutations|Merci d'avance"),
    "it": ("Buongiorno,|Salve,|Gentili signori,|Ciao", "Cordiali saluti|Grazie|Distinti saluti|Saluti"),
    "pt": ("Olá,|Bom dia,|Exmos. Senhores,|Boa tarde", "Cumprimentos|Obrigado|Atenciosamente|Abraços"),
    "nl": ("Hallo,|Goedemorgen,|Geachte heer, mevrouw,|Hoi", "Met vriendelijke groet|Groeten|Hoogachtend|Bedankt"),
    "pl": ("Dzień dobry,|Witam,|Szanowni Państwo,|Cześć", "Pozdrawiam|Z poważaniem|Dziękuję|Pozdrowienia"),
}
