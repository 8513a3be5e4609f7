"""The labelled texts that the network learns from: only sets whose licence lets their use reach shipped weights."""

import gzip
import hashlib
import json
import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any, Final

LABELS: Final = ("negative", "neutral", "positive")
_SHORT: Final = {"neg": 0, "neu": 1, "pos": 2}
SHIPPED: Final = ("en", "de", "es", "fr", "it", "pt", "nl", "pl")
MESSAGES: Final = Path(__file__).parent / "messages"
VOICES: Final = Path(__file__).parent / "voices"
UNSEEN: Final = VOICES / "unseen"  # written after the training: measured on, and to be learnt from next time
_CLEAR_EMOTIONS: Final = frozenset((1, 3, 5, 6))  # Plutchik's anger, disgust, joy, sadness as XED numbers them
_HELD_OUT: Final = 7  # every seventh own message is kept for the hold-out, the same one in every language
_VOICES_HELD_OUT: Final = 8  # every eighth own voice
_VOICES_COPIES: Final = 2  # each dressed in another way


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


def own_voices(*, held_out: bool) -> list[Example]:
    """The posts, reviews, complaints and news in `voices/`: those for training, or the eighth that is held out.

    A text that stands twice in a language, but for capitals and punctuation, counts once.
    """
    found = list[Example]()
    for path in sorted(VOICES.glob("*.txt")):
        known = set[str]()
        for label, place, text in _read_messages(path):
            bare = "".join(filter(str.isalnum, text.lower()))
            if bare not in known and (place % _VOICES_HELD_OUT == 5) == held_out:
                found.append(Example(text, label, path.stem, "own_voices"))
            known.add(bare)
    return found


def unseen_voices() -> list[Example]:
    """The voices in `voices/unseen/`, written when the network had been trained."""
    return [
        Example(text, label, path.stem, "unseen_voices")
        for path in sorted(UNSEEN.glob("*.txt"))
        for label, _, text in _read_messages(path)
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
    """The whole mix in random order: sentences, subtitles, requests, own messages, letters made of them, own voices.

    All are dressed as people write in the web, so that no class is told by its capitals, handles or links.
    """
    rng = random.Random(seed)  # noqa: S311 (shuffles examples)
    mix = [
        *labelled(rows_of(data, "uci_sls", "train"), "uci_sls", knows_neutral=False),
        *_subtitles(data),
        *_requests(data),
        *_letters(own_messages(held_out=False), rng, copies=2),
        *_evened(own_voices(held_out=False)),
    ]
    rng.shuffle(mix)
    return [replace(example, text=dressed(example.text, rng)) for example in mix]


def _evened(voices: list[Example]) -> list[Example]:
    """The voices of every language repeated to one number for all, so that none is heard less than the others."""
    by_language = {language: [voice for voice in voices if voice.language == language] for language in SHIPPED}
    size = _VOICES_COPIES * max(map(len, by_language.values()))
    return [voice for part in by_language.values() for voice in islice(cycle(part), size)]


def dressed(text: str, rng: random.Random) -> str:
    """The text as it might stand in the web: in small letters, without its stop, to somebody, with a link."""
    if rng.random() < 0.12:
        text = text.lower()
    elif rng.random() < 0.02:
        text = text.upper()
    if rng.random() < 0.1:
        text = text.rstrip(".!… ")
    if rng.random() < 0.04:
        text = _MARKS.sub(" ", text)
    if rng.random() < 0.12:
        text = f"{rng.choice(_BEFORE)} {text}"
    if rng.random() < 0.08:
        text = f"{text} {rng.choice(_AFTER)}"
    return text


def labelled(rows: Iterable[dict[str, Any]], source: str, *, knows_neutral: bool = True) -> list[Example]:
    """The rows as examples of that source."""
    return [Example(row["text"], _SHORT[row["label"]], row["lang"], source, knows_neutral) for row in rows]


def pick(rows: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """`count` rows, always the same ones, whatever the order of the file."""
    return sorted(rows, key=lambda row: hashlib.sha256(row["text"].encode()).digest())[:count]


def _subtitles(data: Path) -> list[Example]:
    """XED: film subtitles; neutral lines exist in English and Finnish alone.

    Lines whose only emotion is trust or fear are left out: most of them sound neither pleased nor annoyed. The fewer
    positive lines of a language are repeated, so that no language is learnt to be the grumpy one.
    """
    rows = [row for row in rows_of(data, "xed_polarity", "train") if 8 < len(row["text"]) < 300 and _is_clear(row)]
    found = list[Example]()
    for language in (*SHIPPED, "fi"):
        size = 2000 if language == "en" else 1000 if language in SHIPPED else 500
        for label in _SHORT:
            part = pick([row for row in rows if (row["lang"], row["label"]) == (language, label)], size)
            repeated = list(islice(cycle(part), size if part else 0))
            found += labelled(repeated, "xed_polarity", knows_neutral=language in ("en", "fi"))
    return found


def _is_clear(row: dict[str, Any]) -> bool:
    return row["label"] == "neu" or not _CLEAR_EMOTIONS.isdisjoint(row["emotions"])


def _requests(data: Path) -> list[Example]:
    """Plain requests of customers and users, which are neutral as a rule."""
    sizes = {"clinc150": 900, "massive_de": 900, "banking77": 300}
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


_MARKS: Final = re.compile(r"[.,;:!?]")
_BEFORE: Final = ("@user", "@user @user", "RT @user", ".@user", "RT")
_AFTER: Final = ("http", "@user", "… http", "via @user")
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
