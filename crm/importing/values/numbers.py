"""Numbers and amounts of money as the world writes them."""

import re
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from django.utils.translation import gettext as _

from crm.importing.values.cells import BadValueError

MAX_DIGITS = 15

SPACES = "\u00a0\u202f\u2009\u2007 "
SIGNS = re.compile(r"[€$£¥₹₽₺₩₪฿₫₴₦]|\b[A-Z]{3}\b|\b(?:Fr|kr|zł|Kč|Ft|lei|лв|руб|ر\.س|د\.إ)\b\.?|R\$")
GROUPED = {
    ".": re.compile(r"\d{1,3}(?:[,'’]\d{2,3})*(?:,\d{3})?(?:\.\d*)?|\d*\.?\d+"),
    ",": re.compile(r"\d{1,3}(?:[.'’]\d{3})*(?:,\d*)?|\d*,?\d+"),
}
ARABIC = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹٫٬", "01234567890123456789.,")


@dataclass
class NumberEvidence:
    """What a column's numbers say about the decimal sign; feed it with `add`, then ask `decimal`."""

    point: int = 0
    comma: int = 0
    unclear: int = 0

    def add(self, text: str) -> None:
        """Note which sign this cell uses for decimals, where it shows."""
        verdict = _decimal_sign(text)
        if verdict == ".":
            self.point += 1
        elif verdict == ",":
            self.comma += 1
        elif verdict == "?":
            self.unclear += 1

    @property
    def decimal(self) -> str:
        return "," if self.comma > self.point else "."

    @property
    def is_mixed(self) -> bool:
        return bool(self.point and self.comma)

    @property
    def is_ambiguous(self) -> bool:
        """Only cells like 1,234 that may be a thousand or one and a bit."""
        return bool(self.unclear) and not self.point and not self.comma


def _decimal_sign(text: str) -> str:
    """ "." or "," when the cell shows it, "?" for one sign before exactly three digits, "" for plain digits."""
    number = re.sub(r"[^\d.,]", "", text.translate(ARABIC)).strip(".,")
    points, commas = number.count("."), number.count(",")
    if points and commas:
        return "." if number.rfind(".") > number.rfind(",") else ","
    if points + commas == 0:
        return ""
    sign = "." if points else ","
    head, _sign, tail = number.rpartition(sign)
    if points + commas > 1:
        return "," if points else "."
    if len(tail) == 3 and 1 <= len(head) <= 3 and head != "0":
        return "?"
    return sign


def parse_number(text: str, decimal: str = ".") -> Decimal:
    """A number or an amount of money: 1,234.56 / 1.234,56 / 1 234,56 / 1'234.50 / €12 / (5.00) / 5- / 12 %.

    `decimal` is the column's decimal sign; a cell that plainly uses the other one is read by its own.
    Raises BadValueError.
    """
    try:
        if text.isascii() and decimal == "." and len(text) <= MAX_DIGITS:
            return _finite(Decimal(text), text)
    except InvalidOperation:
        pass
    body, negative, percent = _bare_number(text)
    own = _decimal_sign(body)
    sign = own if own in (".", ",") and _is_plain(body, own) else decimal
    if not body or not _is_plain(body, sign):
        raise BadValueError(_("“%(value)s” is not a number.") % {"value": text[:60]})
    digits = re.sub(r"[,'’]" if sign == "." else r"[.'’]", "", body).replace(",", ".")
    try:
        number = _finite(Decimal(digits), text)
    except InvalidOperation as error:
        raise BadValueError(_("“%(value)s” is not a number.") % {"value": text[:60]}) from error
    return (-number if negative else number) / (100 if percent else 1)


def _finite(number: Decimal, text: str) -> Decimal:
    if not number.is_finite():
        raise BadValueError(_("“%(value)s” is not a number.") % {"value": text[:60]})
    if number.adjusted() >= MAX_DIGITS:
        raise BadValueError(_("“%(value)s” is too large a number.") % {"value": text[:60]})
    return number


def _is_plain(body: str, sign: str) -> bool:
    if re.fullmatch(r"\d+(?:[.,]?\d+)?[eE][+-]?\d{1,3}", body):
        return sign == "." or "," in body
    return GROUPED[sign].fullmatch(body) is not None


def _bare_number(text: str) -> tuple[str, bool, bool]:
    """The digits and separators alone, whether the number is negative, and whether it is a percentage."""
    body = SIGNS.sub("", text.translate(ARABIC).strip().removeprefix("'").strip())
    body = body.replace("\u2212", "-").replace("–", "-").translate(dict.fromkeys(map(ord, SPACES)))
    percent = body.endswith("%")
    body = body.removesuffix("%")
    negative = (body.startswith("(") and body.endswith(")")) or body.startswith("-") or body.endswith("-")
    if body.startswith("(") and body.endswith(")"):
        body = body[1:-1]
    return body.strip("-").removeprefix("+"), negative, percent
