"""What the labels of a file of texts mean: how a text sounds, in words, numbers or stars, and its language."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from difflib import get_close_matches
from typing import Final

NEGATIVE, NEUTRAL, POSITIVE = 0, 1, 2
_WORDS: Final[Mapping[int, frozenset[str]]] = {
    NEGATIVE: frozenset(
        "neg negative negativ negatif négatif négative negativo negativa negatief negatywny n bad unhappy angry"
        " complaint schlecht schlechte very_negative".split()
    ),
    NEUTRAL: frozenset("neu neutral neutre neutro neutra neutraal neutralny obojętny ok".split()),
    POSITIVE: frozenset(
        "pos positive positiv positif positivo positiva positief pozytywny p good happy praise gut"
        " very_positive".split()
    ),
}
_NUMBER: Final = re.compile(
    r"^(?:label[_ ]?)?([+\-−]?\d+(?:[.,]\d+)?)(?:[ \-_]*(?:stars?|sterne?|étoiles?|estrellas?|stelle))?$"
)
_STARS: Final = re.compile(r"^[★⭐*]{1,5}[☆]*$")
_LEAST_OF_NAME: Final = 6
# Names and codes of three letters; all else before a hyphen is the code.
_LANGUAGES: Final[Mapping[str, str]] = {
    word: code
    for code, words in {
        "en": "english englisch anglais inglés inglese eng",
        "de": "german deutsch allemand alemán tedesco deu ger",
        "es": "spanish spanisch espagnol español spagnolo castellano spa",
        "fr": "french französisch français francés francese fra fre",
        "it": "italian italienisch italien italiano ita",
        "pt": "portuguese portugiesisch portugais portugués português portoghese por",
        "nl": "dutch niederländisch nederlands néerlandais olandese nld dut",
        "pl": "polish polnisch polonais polski polaco polacco pol",
        "cs": "czech tschechisch ces cze",
        "da": "danish dänisch dan",
        "sv": "swedish schwedisch svenska swe",
        "no": "norwegian norwegisch norsk nor nob nno nb nn",
        "fi": "finnish finnisch suomi fin",
        "tr": "turkish türkisch tur",
        "ru": "russian russisch rus",
        "uk": "ukrainian ukrainisch ukr",
        "ro": "romanian rumänisch ron rum",
        "hu": "hungarian ungarisch hun",
        "el": "greek griechisch ell gre",
        "bg": "bulgarian bulgarisch bul",
        "hr": "croatian kroatisch hrv",
        "sl": "slovenian slowenisch slv",
        "sk": "slovak slowakisch slk slo",
        "ar": "arabic arabisch ara",
        "zh": "chinese chinesisch zho chi",
        "ja": "japanese japanisch jpn",
        "ko": "korean koreanisch kor",
        "hi": "hindi hin",
        "ca": "catalan katalanisch cat",
        "et": "estonian estnisch est",
        "lv": "latvian lettisch lav",
        "lt": "lithuanian litauisch lit",
        "fa": "persian farsi persisch fas per",
        "he": "hebrew hebräisch heb",
        "id": "indonesian indonesisch ind",
        "vi": "vietnamese vietnamesisch vie",
        "sw": "swahili suaheli swa",
    }.items()
    for word in words.split()
}
_MOST_STARS, _MOST_POINTS = 5, 10


def read_labels(words: Collection[str]) -> dict[str, int]:
    """Each distinct label that is understood as 0 negative, 1 neutral or 2 positive.

    Numbers are understood together: below zero is negative; 0 and 1 are two classes, 0 to 2 and 1 to 3 three; 0 and 4
    (and 2) are those of tweets; up to five they are stars with 3 in the middle, up to ten points with 5 and 6.
    """
    found = {word: label for word in words if (label := _of_word(word)) is not None}
    numbers = {word: value for word in words if (value := _of_number(word)) is not None}
    if len(numbers) <= len(found):
        return found
    middle = _middle(set(numbers.values()))
    if middle is None:
        return found
    low, high = middle
    return {word: NEGATIVE if value < low else POSITIVE if value > high else NEUTRAL for word, value in numbers.items()}


def language_code(word: str) -> str:
    """The two letters of a language given by name or code: English, eng, en-GB and EN are "en"; "" where none is.

    A name with a slip (Portugeese) is the language that it nearly names; one of no known language stays as it is.
    """
    plain = word.strip().casefold()
    first = re.split(r"[\W_]", plain)[0]
    known = _LANGUAGES.get(plain) or _LANGUAGES.get(first)
    if known or len(first) < _LEAST_OF_NAME:
        return known or first
    near = get_close_matches(first, _LANGUAGES, n=1, cutoff=0.85)
    return _LANGUAGES[near[0]] if near else first


def _of_word(word: str) -> int | None:
    plain = "_".join(re.sub(r"[\s\-]+", " ", word.strip().casefold()).split())
    return next((label for label, names in _WORDS.items() if plain in names), None)


def _of_number(word: str) -> float | None:
    plain = word.strip().casefold()
    if _STARS.match(plain):
        return float(len(plain.rstrip("☆")))
    match = _NUMBER.match(plain)
    return float(match[1].replace("−", "-").replace(",", ".")) if match else None


def _middle(values: set[float]) -> tuple[float, float] | None:
    """Numbers below the first are negative, above the second positive; None where they are no known scale."""
    least, most = min(values), max(values)
    if least < 0:
        return 0.0, 0.0
    for known, middle in (({0, 1}, 0.5), ({1, 2}, 1.5), ({0, 1, 2}, 1.0), ({1, 2, 3}, 2.0), ({0, 2, 4}, 2.0)):
        if values <= known:
            return middle, middle
    if most <= _MOST_STARS:
        return 3.0, 3.0
    return (5.0, 6.0) if most <= _MOST_POINTS else None
