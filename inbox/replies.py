"""What somebody really wrote in a mail: the reply parted from quotations, signature and disclaimer."""

import re
from dataclasses import dataclass
from itertools import groupby, takewhile
from typing import Final

from inbox import reply_words as words
from inbox.reply_lines import LOOKED_AT, Kind, Line, classify, has_words, stripped

_ANSWER_LINES: Final = 7  # lines of text below a quotation that make it an answer and not a signature
_SIGNATURE_LINES: Final = 12

_SIGNATURE_DELIMITER: Final = re.compile(r"\s*(?:--|––?|—|__)\s*$")
_SENT_FROM: Final = re.compile(
    rf"[\s*_<\[(]*{words.SENT_FROM}\b.{{0,60}}?{words.DEVICE}\b.{{0,200}}$|iPhone\s?から送信", re.I
)
_SENT_AT_END: Final = re.compile(rf"[\s*_]*.{{0,60}}{words.DEVICE}.{{0,40}}{words.WAS_SENT}\W*$", re.I)
_DISCLAIMER: Final = re.compile(words.DISCLAIMER, re.I)
_DISCLAIMER_SUBJECT: Final = re.compile(words.DISCLAIMER_SUBJECT, re.I)
_FOOTER: Final = re.compile(words.FOOTER, re.I)
_CLOSING: Final = re.compile(rf"\W*{words.CLOSING}(?:[\s,]+\w+)?[\s,.!]*$", re.I)
_CONTACT: Final = re.compile(rf"\s*(?:{words.CONTACT})", re.I)


@dataclass(frozen=True)
class Reply:
    """A mail's own text, what it quotes, and its signature with disclaimers; each stripped, "" where there is none."""

    text: str
    quoted: str
    signature: str


def split_reply(text: str) -> Reply:
    """Part what was written now from quoted mails, signature, device line and disclaimers.

    Works on plain text of any mail program and many languages. Answers between quoted lines are kept with those lines;
    a mail that is nothing but a quotation, a forward or a signature keeps it as its text.
    """
    body, quoted = _part_quotation(classify(text))
    body, signature = _part_signature(body)
    if not has_words(body):
        body, signature = signature, []
    return Reply(text=_joined(stripped(body)), quoted=_joined(quoted), signature=_joined(signature))


def _joined(lines: list[Line]) -> str:
    return "\n".join(line for _, line in lines).strip("\n").rstrip()


# Quotation


def _part_quotation(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """(own lines, quoted lines)."""
    own = list[Line]()
    quoted, rest = _part_leading_quotation(lines)
    while (at := _first_start(rest)) is not None:
        introduction, tail = _take_introduction(rest[at:])
        own += rest[:at]
        quoted += introduction
        if not _is_answered_inline(tail):
            return own, quoted + tail
        rest = tail
    own += rest
    kept = len(own) - _trailing_quotes(own)
    return own[:kept], own[kept:] + quoted


def _first_start(lines: list[Line]) -> int | None:
    return next((i for i, (kind, _) in enumerate(lines) if kind is Kind.START), None)


def _take_introduction(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    introduction = list(takewhile(lambda line: line[0] is Kind.START, lines))
    return introduction, lines[len(introduction) :]


def _part_leading_quotation(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """(quoted, rest) of a mail that opens with "X wrote:": its answer stands below, or it is a forward."""
    at = _first_start(lines)
    if at is None or has_words(lines[:at]):
        return [], lines
    introduction, rest = _take_introduction(lines[at:])
    runs = _runs(rest)
    if [is_quoted for is_quoted, _ in runs] == [True, False]:
        return introduction + runs[0][1], runs[1][1]
    return introduction, rest


def _runs(lines: list[Line]) -> list[tuple[bool, list[Line]]]:
    """Runs of (quoted?, lines); lines without words go with the run before them."""
    runs: list[tuple[bool, list[Line]]] = []
    for is_quoted, group in groupby(lines, key=lambda line: line[0] in (Kind.QUOTE, Kind.START)):
        part = list(group)
        if runs and (runs[-1][0] is is_quoted or not has_words(part)):
            runs[-1][1].extend(part)
        elif has_words(part):
            runs.append((is_quoted, part))
    return runs


def _is_answered_inline(tail: list[Line]) -> bool:
    """Whether the sender answered between or below the quoted lines of `tail` rather than above it."""
    runs = _runs(tail)
    if not runs or not runs[0][0]:
        return False
    answers = [part for is_quoted, part in runs if not is_quoted]
    if len(answers) == 1:
        return sum(kind is Kind.TEXT for kind, _ in answers[0]) >= _ANSWER_LINES
    return len(answers) > 1


def _trailing_quotes(lines: list[Line]) -> int:
    """How many lines at the end are quoted, if there is text above them."""
    below_text = list(takewhile(lambda line: line[0] is not Kind.TEXT, reversed(lines)))
    is_all = len(below_text) == len(lines)
    return len(below_text) if not is_all and any(kind is Kind.QUOTE for kind, _ in below_text) else 0


# Signature


def _part_signature(lines: list[Line]) -> tuple[list[Line], list[Line]]:
    """(text, signature): device line, disclaimers, what follows a "-- " line, contact details below a closing."""
    body, signature = stripped(lines), list[Line]()
    while (at := _signature_start(body)) is not None:
        signature = body[at:] + signature
        body = stripped(body[:at])
    return body, signature


def _signature_start(lines: list[Line]) -> int | None:
    finders = (_device_start, _disclaimer_start, _delimited_start, _contact_start)
    return next((at for find in finders if lines and (at := find(lines)) is not None), None)


def _device_start(lines: list[Line]) -> int | None:
    """Where "Sent from my phone" begins, on one line or wrapped over two."""
    for at in range(len(lines) - 1, max(-1, len(lines) - 3), -1):
        line = " ".join(part.strip() for _, part in lines[at:])[:LOOKED_AT]
        is_short = len(line) < 120 + 80 * line.count("http")
        if is_short and (_SENT_FROM.match(line) or (at == len(lines) - 1 and _SENT_AT_END.match(line))):
            return at
    return None


def _disclaimer_start(lines: list[Line]) -> int | None:
    """Where the last paragraph begins, if it speaks of confidentiality, viruses or trees."""
    at = len(lines) - len(list(takewhile(lambda line: line[0] is not Kind.EMPTY, reversed(lines))))
    paragraph = " ".join(line for _, line in lines[at:])[:2000]
    is_legal = len(paragraph) > 80 and _DISCLAIMER.search(paragraph) and _DISCLAIMER_SUBJECT.search(paragraph)
    return at if at and (is_legal or _FOOTER.search(paragraph)) else None


def _delimited_start(lines: list[Line]) -> int | None:
    """The last "--" with a few lines below it; another ruler only where contact details follow."""
    at = max((i for i, (kind, _) in enumerate(lines) if kind is Kind.DELIMITER), default=0)
    below = [line for kind, line in lines[at + 1 :] if kind is not Kind.EMPTY]
    if not at or len(below) > _SIGNATURE_LINES:
        return None
    is_signature = _SIGNATURE_DELIMITER.match(lines[at][1]) or any(_CONTACT.match(line[:LOOKED_AT]) for line in below)
    return at if is_signature else None


def _contact_start(lines: list[Line]) -> int | None:
    """The first line after the name below "Best regards", if at least two of the lines there are contact details."""
    nearby = range(max(1, len(lines) - 15), len(lines))
    closing = next((i for i in reversed(nearby) if _CLOSING.match(lines[i][1][:80])), len(lines))
    below = [i for i in range(closing + 1, len(lines)) if lines[i][0] is not Kind.EMPTY]
    contacts = [i for i in below if _CONTACT.match(lines[i][1][:LOOKED_AT])]
    if len(contacts) < 2:
        return None
    return below[0] if below[0] in contacts else below[1]
