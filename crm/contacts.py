"""Normal forms of e-mail addresses and phone numbers, by which people are told apart."""

from __future__ import annotations

import phonenumbers
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email

from .models import ContactPoint

FREE_MAIL = frozenset(
    "gmail.com googlemail.com outlook.com hotmail.com live.com msn.com yahoo.com ymail.com icloud.com me.com "
    "mac.com aol.com gmx.de gmx.net gmx.at gmx.ch web.de t-online.de freenet.de posteo.de mail.com proton.me "
    "protonmail.com orange.fr wanadoo.fr free.fr laposte.net sfr.fr libero.it virgilio.it tiscali.it alice.it "
    "ziggo.nl kpnmail.nl uol.com.br bol.com.br terra.com.br hotmail.co.uk yahoo.co.uk btinternet.com "
    "hotmail.fr yahoo.fr hotmail.de yahoo.de yandex.com yandex.ru mail.ru qq.com 163.com 126.com fastmail.com "
    "zoho.com tutanota.com".split()
)


class ContactError(ValueError):
    """What was typed is no such address or number; the message says why."""


def normalise(kind: str, value: str, *, country: str = "") -> str:
    """The normal form of a contact point: lower-case e-mail, phone as E.164. Raises ContactError."""
    value = value.strip()
    if not value or "\0" in value or "\n" in value or "\r" in value:
        raise ContactError(_("This is empty or holds characters that can't stand here."))
    if kind == ContactPoint.Kind.EMAIL:
        return normalise_email(value)
    if kind == ContactPoint.Kind.PHONE:
        return normalise_phone(value, country=country)
    return value.casefold()[:254]


def normalise_email(value: str) -> str:
    """Raises ContactError."""
    try:
        return validate_email(value.strip(), check_deliverability=False).normalized.lower()
    except EmailNotValidError as error:
        raise ContactError(_("“%(value)s” is no e-mail address.") % {"value": value[:80]}) from error


def normalise_phone(value: str, *, country: str = "") -> str:
    """E.164 where the number is complete or the country is known, else its digits. Raises ContactError."""
    region = country.upper() if len(country) == 2 else None
    try:
        parsed = phonenumbers.parse(value, region)
        if phonenumbers.is_possible_number(parsed):
            return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)
    except phonenumbers.NumberParseException:
        pass
    digits = "".join(char for char in value if char.isdigit())
    if not 4 <= len(digits) <= 20 or any(char.isalpha() for char in value):
        raise ContactError(_("“%(value)s” is no phone number.") % {"value": value[:80]})
    return digits


def company_domain(email: str) -> str:
    """The domain by which a company is recognised, or "" for free mail."""
    domain = email.rpartition("@")[2].lower()
    return "" if domain in FREE_MAIL else domain
