"""Which language a text is written in, with "unknown" as an answer."""

import re
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import numpy as np

SHIPPED: Final = ("en", "de", "es", "fr", "it", "pt", "nl", "pl")  # languages in which sentiment is read
_ELSE: Final = (
    "ar az be bg bs ca cs cy da el et eu fa fi ga gl he hi hr hu hy id is ja ka kk ko lt lv mk ms no ro ru sk sl sq sr"
    " sv sw th tl tr uk ur vi zh zxx"
).split()  # told apart from the shipped ones; dialects and small creoles would only blur short texts
ADDRESS: Final = r"[^\s@]{1,64}@[^\s@]{1,255}"  # of bounded length, so that no text takes long to search
_NOISE: Final = re.compile(rf"https?://\S+|www\.\S+|{ADDRESS}|[@#]\w+|\d+")
_PRIOR: Final = {"shipped": 8.0, "hint": 12.0}  # odds against other languages
_SURE: Final = 0.5
_LOCK: Final = threading.Lock()


@dataclass(frozen=True)
class Guess:
    """The likeliest language (ISO 639-1), None where nothing is sure enough, and its probability."""

    language: str | None
    probability: float


def identify_language(text: str, *, hint: Iterable[str] | None = None) -> Guess:
    """The language of the text; `hint` names languages that are likelier here, as those of the sender's earlier mails.

    Links, addresses and numbers are not looked at. A text without letters is of unknown language.
    """
    plain = " ".join(_NOISE.sub(" ", text[:2000]).split())
    if not any(letter.isalpha() for letter in plain):
        return Guess(None, 0.0)
    chances = _weighed(dict(_identifier().rank(plain)), frozenset(hint or ()))
    language = max(chances, key=lambda name: chances[name])
    known = language if chances[language] >= _SURE and language != "zxx" else None
    return Guess(known, chances[language])


def _weighed(chances: Mapping[str, float], hint: frozenset[str]) -> dict[str, float]:
    weights = {
        language: chance
        * (_PRIOR["shipped"] if language in SHIPPED else 1.0)
        * (_PRIOR["hint"] if language in hint else 1.0)
        for language, chance in chances.items()
    }
    total = sum(weights.values())
    return {language: weight / total for language, weight in weights.items()}


def _identifier() -> Any:
    with _LOCK:
        return _load_identifier()


def forget_identifier() -> None:
    """Let go of the loaded tables: the next use loads them again."""
    with _LOCK:
        _load_identifier.cache_clear()


@cache
def _load_identifier() -> Any:
    """py3langid over our languages only: a quarter of the memory that all of its 140 take. About half a second."""
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    whole = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    kept = [i for i, language in enumerate(whole.nb_classes) if language in {*SHIPPED, *_ELSE}]
    return LanguageIdentifier(
        np.ascontiguousarray(whole.nb_ptc[:, kept]),
        whole.nb_pc[kept],
        [whole.nb_classes[i] for i in kept],
        whole.tk_nextmove,
        whole.tk_output,
        norm_probs=True,
        tk_row=whole.tk_row,
    )
