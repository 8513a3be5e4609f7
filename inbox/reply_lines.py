"""The kind of every line of a plain-text mail: own text, quoted, ruler, or the introduction of a quoted mail."""

import re
from enum import Enum
from itertools import takewhile
from typing import Final

from inbox import reply_words as words

LOOKED_AT: Final = 400  # characters of a line that are looked at: a hostile line costs no more
_WRAPPED_FROM: Final = 55  # a quoted line this long was probably wrapped by a mail program

_INVISIBLE: Final = re.compile("[\u200b\u200c\u200d\u2060\ufeff\u1427\u00ad]")
_QUOTE: Final = re.compile(r"\s{0,3}(?:>|&gt;|[A-Z][\w.]{1,20}> )")
_FENCE: Final = re.compile(r"\s*(?:```|~~~\w*$)")
_DELIMITER: Final = re.compile(r"\s*(?:[-–—]|[-*#_=~+–—.·•]{2,}|[-_=*]+(?:\s[-_=*]+)+)\s*$")
_DATE: Final = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b|\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d年")
_ADDRESS: Final = re.compile(r"[^\s<>@]+@[^\s<>@]+")
_WROTE: Final = re.compile(rf"(?<!\w){words.WROTE}(?!\w)|{words.WROTE}\s*[:：]", re.I)
_WHO_WROTE: Final = re.compile(rf"\s*[^.!?:]{{1,80}}?{words.WROTE}\s*[:：]\s*$", re.I)
_OPENING: Final = re.compile(rf"[\s*_>-]*{words.OPENING}\b.{{0,40}}?\d|\s*(?:\w{{2,12}}[.,]{{0,2}}\s+)?\d", re.I)
_NAME_AND_ADDRESS: Final = re.compile(r"\s*[\"'“*]?(?:[\w.'’@-]+[ ,]+){0,5}[\w.'’()-]*[\"'”*]?\s*[<(\[]", re.I)
_MARKER: Final = re.compile(
    rf"[\s*>]*[-_]{{2,}}\s*(?=[^-_]{{0,60}}{words.ORIGINAL_OR_FORWARDED})[^-_]{{3,60}}[-_]{{2,}}[\s*]*$", re.I
)
_FORWARD: Final = re.compile(rf"[\s*>]*{words.FORWARD_LINE}\s*[:：]?\s*$", re.I)
_ABOVE: Final = re.compile(rf"\W*{words.ABOVE_THIS_LINE}", re.I)
_HEADERS: Final = {
    name: re.compile(rf"\s*[*_]*{names}\s*[*_]*\s*[:：][*_]*(?:\s|$|\S+@|<|\")", re.I)
    for name, names in (
        ("from", words.FROM),
        ("sent", words.SENT),
        ("to", words.TO),
        ("copy", words.COPY),
        ("subject", words.SUBJECT),
    )
}


class Kind(Enum):
    """What a line is."""

    EMPTY = "empty"
    TEXT = "text"
    QUOTE = "quote"
    DELIMITER = "delimiter"
    START = "start"  # belongs to what introduces a quoted or forwarded mail


Line = tuple[Kind, str]


def classify(text: str) -> list[Line]:
    """Every line of the text with its kind; line ends, invisible characters and hard spaces are made plain."""
    lines = _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n").replace("\u00a0", " ")).split("\n")
    kinds: list[Kind] = []
    fenced = False
    while len(kinds) < len(lines):
        at = len(kinds)
        if _FENCE.match(lines[at]):
            fenced = not fenced
            kinds.append(Kind.TEXT)
        elif not fenced and (length := _start_length(lines, at)):
            kinds.extend([Kind.START] * length)
        else:
            kinds.append(Kind.TEXT if fenced and lines[at].strip() else _plain_kind(lines[at]))
    return _rejoin_wrapped_quotes(list(zip(kinds, lines, strict=True)))


def has_words(lines: list[Line]) -> bool:
    """Whether anything but empty lines and rulers is among the lines."""
    return any(kind in (Kind.TEXT, Kind.QUOTE) for kind, _ in lines)


def stripped(lines: list[Line]) -> list[Line]:
    """The lines without empty ones and rulers at both ends."""
    heavy = [i for i, (kind, _) in enumerate(lines) if kind not in (Kind.EMPTY, Kind.DELIMITER)]
    return lines[heavy[0] : heavy[-1] + 1] if heavy else []


def _plain_kind(line: str) -> Kind:
    head = line[:LOOKED_AT]
    if not head.strip():
        return Kind.EMPTY
    if _QUOTE.match(head):
        return Kind.QUOTE
    return Kind.DELIMITER if _DELIMITER.match(head) else Kind.TEXT


def _rejoin_wrapped_quotes(lines: list[Line]) -> list[Line]:
    """A line between quoted ones, right below a long one, is that line's wrapped end and not an answer."""
    kinds = [kind for kind, _ in lines]
    for i in range(1, len(lines) - 1):
        between = kinds[i] is Kind.TEXT and kinds[i - 1] is kinds[i + 1] is Kind.QUOTE
        if between and len(lines[i - 1][1]) >= _WRAPPED_FROM:
            kinds[i] = Kind.QUOTE
    return [(kind, line) for kind, (_, line) in zip(kinds, lines, strict=True)]


def _start_length(lines: list[str], at: int) -> int:
    """How many lines from `at` on introduce a quoted or forwarded mail; 0 where none does."""
    head = lines[at][:LOOKED_AT]
    if not head.strip() or head.lstrip().startswith(">"):
        return 0
    if _MARKER.match(head) or _FORWARD.match(head) or _ABOVE.match(head):
        return 1 + _headers_after(lines, at + 1, least=1)
    if _DELIMITER.match(head):
        headers = _headers_after(lines, at + 1, least=2)
        return 1 + headers if headers else 0
    return _header_block(lines, at, least=3) or _attribution_length(lines, at)


# Header blocks: From, Sent, To, Subject


def _headers_after(lines: list[str], at: int, *, least: int) -> int:
    """Length of a header block at `at`, up to three empty lines above it included."""
    empty = len(list(takewhile(lambda line: not line.strip(), lines[at : at + 3])))
    block = _header_block(lines, at + empty, least=least)
    return empty + block if block else 0


def _header_block(lines: list[str], at: int, *, least: int) -> int:
    """Length of the block of headers at `at`, wrapped values included, if it has `least` kinds of them."""
    if at >= len(lines) or not _header_name(lines[at]):
        return 0
    found, end = set[str](), at
    for i in range(at, min(len(lines), at + 24)):
        if name := _header_name(lines[i]):
            found.add(name)
            end = i + 1
        elif i > end or (lines[i].strip() and not _header_follows(lines, i)):
            break
    return end - at if len(found) >= least and found & {"from", "sent"} else 0


def _header_name(line: str) -> str | None:
    return next((name for name, pattern in _HEADERS.items() if pattern.match(line[:LOOKED_AT])), None)


def _header_follows(lines: list[str], at: int) -> bool:
    """Whether line `at` can be the wrapped value of a header: another header comes right below it."""
    return any(_header_name(line) for line in lines[at + 1 : at + 3])


# Attributions: "On 3 May 2021 at 10:00, X <x@y> wrote:"


def _attribution_length(lines: list[str], at: int) -> int:
    """Length (up to 4 lines) of an attribution at `at`; 0 where there is none."""
    head = lines[at][:LOOKED_AT]
    opened = bool(re.search(r"[\d@<]", head)) and bool(_OPENING.match(head) or _NAME_AND_ADDRESS.match(head))
    for length in range(1, 5 if opened else 2):
        part = lines[at : at + length]
        joined = " ".join(line[:LOOKED_AT].strip() for line in part)
        if len(part) < length or not part[-1].strip() or len(joined) > LOOKED_AT:
            return 0
        if _is_attribution(joined, opened=opened, quote_follows=_quote_follows(lines, at + length)):
            return length
    return 0


def _quote_follows(lines: list[str], at: int) -> bool:
    following = next((line for line in lines[at : at + 4] if line.strip()), "")
    return bool(_QUOTE.match(following[:LOOKED_AT]))


def _is_attribution(joined: str, *, opened: bool, quote_follows: bool) -> bool:
    """Whether the joined lines say who wrote what follows.

    A verb of writing with a date or an address is enough in any language known here; without such a verb, a date and an
    address, or a date right above quoted lines.
    """
    dated, addressed = bool(_DATE.search(joined)), bool(_ADDRESS.search(joined))
    if not joined.endswith((":", "：")):
        return quote_follows and opened and dated and bool(_WROTE.search(joined[-30:]))
    if opened and (dated or addressed) and _WROTE.search(joined):
        return True
    if dated and addressed and "<" in joined:
        return True
    return quote_follows and (bool(_WHO_WROTE.match(joined)) or (opened and dated))
