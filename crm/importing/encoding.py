"""Which encoding a text file has: its byte order mark, UTF-8, else the code page that reads like a language."""

import codecs
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import IO

from charset_normalizer import from_bytes
from django.utils.translation import gettext as _

from crm.importing import alphabets
from crm.importing.source import Source, UnreadableFileError

BLOCK = 1 << 20
EVIDENCE = 1 << 15
BOMS = (
    (codecs.BOM_UTF32_LE, "utf_32"),
    (codecs.BOM_UTF32_BE, "utf_32"),
    (codecs.BOM_UTF8, "utf_8_sig"),
    (codecs.BOM_UTF16_LE, "utf_16"),
    (codecs.BOM_UTF16_BE, "utf_16"),
)
CONTROL = bytes(set(range(0x20)) - set(b"\t\n\r\f\v\x1a\x1b\x1e\x1f\x00")) + b"\x7f"
ESCAPES = ((b"\x1b$)C", "iso2022_kr"), (b"\x1b$", "iso2022_jp_2"), (b"\x1b(", "iso2022_jp_2"))


@dataclass(frozen=True)
class Encoding:
    """A codec; with `escapes_bad_bytes` undecodable bytes become lone surrogates, so only their rows are refused."""

    name: str
    escapes_bad_bytes: bool = False

    @property
    def errors(self) -> str:
        return "surrogateescape" if self.escapes_bad_bytes else "strict"


def detect_encoding(source: Source) -> Encoding:
    """Read the whole file once, memory flat. Raises UnreadableFileError for binary data or text no codec explains."""
    with source.open() as stream:
        head = stream.read(BLOCK)
    if marked := next((name for bom, name in BOMS if head.startswith(bom)), None):
        return Encoding(marked, escapes_bad_bytes=marked == "utf_8_sig")
    if wide := _unmarked_utf16(head):
        return Encoding(wide)
    _refuse_binary(head)
    if escaped := _seven_bit(head):
        return Encoding(escaped)
    with source.open() as stream:
        if _is_utf8(_blocks(stream)):
            return Encoding("utf_8")
    return _legacy(source)


def _blocks(stream: IO[bytes]) -> Iterator[bytes]:
    while block := stream.read(BLOCK):
        yield block


def _is_utf8(blocks: Iterable[bytes]) -> bool:
    decoder = codecs.getincrementaldecoder("utf_8")()
    try:
        for block in blocks:
            decoder.decode(block)
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return False
    return True


def _unmarked_utf16(head: bytes) -> str | None:
    """Text in UTF-16 without a mark has a zero in every second byte wherever it is ASCII (line ends at the least)."""
    even, odd = head[0:4096:2], head[1:4096:2]
    if not odd:
        return None
    zeros_even, zeros_odd = even.count(0) / len(even), odd.count(0) / len(odd)
    if zeros_odd > 0.3 and zeros_even < 0.02:
        return "utf_16_le"
    return "utf_16_be" if zeros_even > 0.3 and zeros_odd < 0.02 else None


def _refuse_binary(head: bytes) -> None:
    controls = len(head) - len(head.translate(None, CONTROL))
    if controls > len(head) * 0.02 or head.count(0) > len(head) * 0.1:
        raise UnreadableFileError(_("This is a binary file, not a table. Export the data as CSV or XLSX."))


def _seven_bit(head: bytes) -> str | None:
    if not head.isascii():
        return None
    for mark, name in ESCAPES:
        if mark in head and _decodes(head, name):
            return name
    has_hz = re.search(rb"~\{(?:[!-w][!-~])+~\}", head)
    return "hz" if has_hz and _decodes(head, "hz") else None


def _decodes(data: bytes, codec: str) -> bool:
    try:
        codecs.getincrementaldecoder(codec)().decode(data)
    except UnicodeDecodeError:
        return False
    return True


def _legacy(source: Source) -> Encoding:
    good, bad, evidence = _non_ascii_lines(source)
    if good > 2 * bad:
        return Encoding("utf_8", escapes_bad_bytes=True)
    name = guess_code_page(evidence)
    if name is None:
        raise UnreadableFileError(_("The letters in the file can't be made out. Save it as UTF-8 and upload it again."))
    return Encoding(name, escapes_bad_bytes=name in alphabets.LATIN)


def _non_ascii_lines(source: Source) -> tuple[int, int, bytes]:
    """Lines beyond ASCII: how many are UTF-8, how many not, and the first of the latter as evidence."""
    good = bad = 0
    evidence = bytearray()
    with source.open() as stream:
        for block in _blocks(stream):
            for line in block.replace(b"\r", b"\n").split(b"\n"):
                if line.isascii():
                    continue
                if _is_utf8([line]):
                    good += 1
                    continue
                bad += 1
                if len(evidence) < EVIDENCE:
                    evidence += line[:EVIDENCE] + b"\n"
    return good, bad, bytes(evidence)


def guess_code_page(evidence: bytes) -> str | None:
    """The codec under which these bytes read most like some language; None when nothing fits."""
    ranked = sorted(_scores(evidence), key=lambda pair: -pair[0])
    if ranked and ranked[0][0] > 0.5:
        return ranked[0][1]
    best = from_bytes(evidence).best()
    if best is not None:
        return best.encoding
    return ranked[0][1] if ranked and ranked[0][0] > 0 else None


def _scores(evidence: bytes) -> Iterator[tuple[float, str]]:
    for rank, (codec, languages) in enumerate(alphabets.LATIN.items()):
        if (text := _decoded(evidence, codec)) is not None:
            yield max(_latin_score(text, letters) for letters in languages) - rank * 0.005, codec
    for rank, (codec, first, last, common) in enumerate(alphabets.SCRIPTS):
        if (text := _decoded(evidence, codec)) is not None:
            yield _script_score(text, first, last, common) - rank * 0.002, codec
    for codec in ("gb18030", "big5hkscs", "cp950", "cp932", "euc_jp", "cp949", "johab"):
        if (text := _decoded(evidence, codec)) is not None:
            yield _east_asian_score(text, codec), codec


def _decoded(evidence: bytes, codec: str) -> str | None:
    try:
        return evidence.decode(codec)
    except UnicodeDecodeError:
        return None


def _latin_score(text: str, letters: str) -> float:
    """Share of the signs beyond ASCII that the language uses, less those that sit wrongly in their word."""
    known = frozenset(letters + letters.upper())
    total = points = 0.0
    for before, sign, after in _in_context(text):
        total += 1
        if sign in known:
            points += 1 - 0.8 * (sign.isupper() and before.islower()) - 0.5 * (sign.islower() and after.isupper())
        elif sign in alphabets.TYPOGRAPHY:
            points += 0.7 - 1.2 * (before.isalpha() and after.isalpha() and sign not in "’–-")
        elif sign.isalpha() and sign < "\u0250":
            points += 0.2
        else:
            points -= 1
    return points / total if total else 0.0


def _in_context(text: str) -> Iterator[tuple[str, str, str]]:
    for match in re.finditer(r"(?<=(.))?([^\x00-\x7f])(?=(.))?", text, re.DOTALL):
        yield match[1] or " ", match[2], match[3] or " "


def _script_score(text: str, first: int, last: int, common: str) -> float:
    """Share of the signs beyond ASCII in the script; mixed words, case that jumps, capitals and rare letters cost."""
    total = points = frequent = capitals = 0.0
    for before, sign, after in _in_context(text):
        total += 1
        if first <= ord(sign) <= last:
            frequent += sign.lower() in common
            capitals += sign.isupper()
            jumps = sign.isupper() and before.islower()
            mixed = any(near.isascii() and near.isalpha() for near in (before, after))
            points += 1 - 0.8 * jumps - 0.8 * mixed
        elif sign in alphabets.TYPOGRAPHY:
            points += 0.5
        else:
            points -= 1
    if not total:
        return 0.0
    return 0.6 * points / total + 0.4 * min(1.0, 1.3 * frequent / total) - 0.15 * (capitals > 0.8 * total)


def _east_asian_score(text: str, codec: str) -> float:
    """Points for signs that the language uses; a Latin word swallowed in part by two-byte signs costs."""
    signs = list(_in_context(text))
    if not signs:
        return 0.0
    torn = sum(_is_latin(before) or _is_latin(after) for before, _sign, after in signs)
    return (sum(_east_asian_points(sign, codec) for _before, sign, _after in signs) - 0.8 * torn) / len(signs)


def _is_latin(sign: str) -> bool:
    return sign.isascii() and sign.isalpha()


def _east_asian_points(sign: str, codec: str) -> float:
    if "\u3000" <= sign <= "\u303f" or "\uff00" <= sign <= "\uff5e":
        return 0.6
    if codec in ("cp949", "johab"):
        return 1.0 if "\uac00" <= sign <= "\ud7a3" else -0.2
    if codec in ("cp932", "euc_jp"):
        if "\uff61" <= sign <= "\uff9f":
            return 0.1
        return 1.05 if "\u3040" <= sign <= "\u30ff" else _han_points(sign, alphabets.COMMON_JAPANESE)
    common = alphabets.COMMON_SIMPLIFIED if codec == "gb18030" else alphabets.COMMON_TRADITIONAL
    return -0.5 if "\u3040" <= sign <= "\u30ff" else _han_points(sign, common)


def _han_points(sign: str, common: str) -> float:
    if not "\u4e00" <= sign <= "\u9fff":
        return -0.6
    return 1.3 if sign in common else 0.35
