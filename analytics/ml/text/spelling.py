"""Writes texts of the web as the network knows them: handles, tags, stretched words, entities, newer emoji."""

import html
import re
from typing import Final

_HANDLE: Final = re.compile(r"(?<!\w)@\w{2,}")
_TAG: Final = re.compile(r"(?<!\w)#(\w*[^\W\d_]\w*)")
_HUMP: Final = re.compile(r"(?<=[^\W\d_A-Z])(?=[A-Z])|_")
_STRETCHED: Final = re.compile(r"([^\W\d_])\1{2,}")
_ENTITY: Final = re.compile(r"&(?:amp|lt|gt|quot|#39|apos|nbsp);")
_FACE: Final = re.compile(r"(?<!\S)(?::'-?\(|[:;=]-?[)(DPp/|]|<3|:-?\*)(?=\s|$|[.,!?])")
_FACES: Final = {")": "😊", "(": "😞", "D": "😀", "P": "😛", "p": "😛", "/": "😕", "|": "😐", "3": "❤", "*": "😘"}
# More than three of the same sign or emoji in a row say no more than three.
_REPEATED: Final = re.compile(r"([^\w\s.,;:!?'\"()\[\]/*=+~_<>-])(?:\s?\1){3,}")
_UNKNOWN: Final = {  # younger than the vocabulary → the nearest that it has
    "🤬": "😡", "🤯": "😱", "🥳": "🎉", "🥺": "😢", "🥲": "😢", "🤮": "😖", "🤢": "😖", "💩": "😖",
    "🥵": "😓", "🥶": "😨", "🥱": "😒", "🥴": "😕", "🫶": "❤", "🫠": "😩", "🤌": "👌", "🤧": "😷",
    "🤒": "😷", "🤕": "😷",
    "🧐": "🤔", "🤐": "😶", "🤫": "😶", "🤥": "😒", "😧": "😦", "🤠": "😎", "🩷": "❤", "🫡": "👍", "🤎": "❤", "🤍": "❤",
    "’": "'", "‘": "'", "`": "'", "´": "'", "\ufe0f": "", "\u200d": "",
    "\U0001f3fb": "", "\U0001f3fc": "", "\U0001f3fd": "", "\U0001f3fe": "", "\U0001f3ff": "",  # colours of skin
}  # fmt: skip
_TABLE: Final = str.maketrans(_UNKNOWN)


def as_read(text: str) -> str:
    """The text in the spelling that the network reads; what it says stays the same."""
    if "&" in text:
        text = _ENTITY.sub(lambda found: html.unescape(found.group()), text)
    if "@" in text:
        text = _HANDLE.sub("@user", text)
    if "#" in text:
        text = _TAG.sub(lambda found: _HUMP.sub(" ", found.group(1)), text)
    if ":" in text or "<3" in text or ";" in text or "=" in text:
        text = _FACE.sub(lambda found: "😢" if "'" in found.group() else _FACES[found.group()[-1]], text)
    return _REPEATED.sub(lambda found: found.group(1) * 3, _STRETCHED.sub(r"\1\1", text.translate(_TABLE)))
