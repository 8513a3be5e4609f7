"""Says money, numbers, instants and days in the words of the reader's language."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time, format_timedelta
from babel.lists import format_list
from babel.numbers import (
    format_compact_currency,
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)
from django.utils import timezone
from django.utils.translation import get_language, ngettext, to_locale
from django.utils.translation import gettext as _

Number = float | Decimal

WORDS_FOR = timedelta(days=7)


def reader_locale() -> Locale:
    """The Babel locale of the language that this page is shown in."""
    return _locale(get_language() or "en")


@lru_cache(maxsize=64)
def _locale(language: str) -> Locale:
    return Locale.parse(to_locale(language))


def money(amount: Number, currency: str) -> str:
    """The exact amount with its currency, to the currency's own decimals."""
    return _money(amount, currency, reader_locale())


# A page says the same amounts and days over and over, and each takes Babel a tenth of a millisecond.
@lru_cache(maxsize=4096)
def _money(amount: Number, currency: str, locale: Locale) -> str:
    return format_currency(amount, currency, locale=locale)


def money_whole(amount: Number, currency: str) -> str:
    """The amount rounded to whole units: for boards, tiles and charts."""
    return _money_whole(round(amount), currency, reader_locale())


@lru_cache(maxsize=4096)
def _money_whole(amount: int, currency: str, locale: Locale) -> str:
    pattern = locale.currency_formats["standard"].pattern.replace(".00", "")
    return format_currency(amount, currency, format=pattern, locale=locale, currency_digits=False)


def money_short(amount: Number, currency: str) -> str:
    """The amount in as few characters as a reader needs: €1.2M."""
    if -1000 < amount < 1000:
        return money_whole(amount, currency)
    short = _money_short(amount, currency, reader_locale())
    return short if _is_shorter(short, amount) else money_whole(amount, currency)


@lru_cache(maxsize=2048, typed=True)
def _money_short(amount: Number, currency: str, locale: Locale) -> str:
    return format_compact_currency(amount, currency, locale=locale, fraction_digits=1)


def number(value: Number) -> str:
    return _number(value, reader_locale())


@lru_cache(maxsize=4096, typed=True)
def _number(value: Number, locale: Locale) -> str:
    return format_decimal(value, locale=locale)


def signed(value: int) -> str:
    """A number that says which side of nothing it is on: +32, -8, 0."""
    return format_decimal(value, format="+#,##0;-#,##0" if value else "0", locale=reader_locale())


def number_short(value: Number) -> str:
    """A count in few characters: 12.5K."""
    if -10_000 < value < 10_000:
        return number(value)
    short = format_compact_decimal(value, locale=reader_locale(), fraction_digits=1)
    return short if _is_shorter(short, value) else number(round(value))


def _is_shorter(short: str, value: Number) -> bool:
    # German has no word for a thousand: it writes all digits, and then they had better be grouped.
    return sum(letter.isdigit() for letter in short) < len(str(abs(round(value))))


def percent(share: float, *, digits: int = 0) -> str:
    """A share between 0 and 1 as a percentage."""
    return _percent(round(share, digits + 2), reader_locale())


@lru_cache(maxsize=2048, typed=True)
def _percent(share: float, locale: Locale) -> str:
    return format_percent(share, locale=locale, format=None, decimal_quantization=False)


def one_stop(words: str) -> str:
    """Sentences in which a day stands last: where it ends with a stop itself ("30. Nov."), there is one."""
    return words.replace("..", ".")


def date_words(day: date) -> str:
    """A calendar date as people write it; the year only when it isn't this one."""
    skeleton = "MMMd" if day.year == timezone.localdate().year else "yMMMd"
    return _date(skeleton, day, reader_locale())


@lru_cache(maxsize=2048)
def _date(skeleton: str, day: date, locale: Locale) -> str:
    return format_skeleton(skeleton, day, locale=locale)


def long_day_words(day: date) -> str:
    """Weekday and date in full: Sunday, November 22, 2026."""
    return format_date(day, "full", locale=reader_locale())


def month_words(day: date) -> str:
    """The month's short name: Mar."""
    return _date("MMM", day, reader_locale())


def month_year_words(day: date) -> str:
    """The month's short name with its year: Mar 2026."""
    return _date("yMMM", day, reader_locale())


def moment_words(at: datetime) -> str:
    """Date and time in full, in the reader's zone: for titles and logs."""
    return format_datetime(timezone.localtime(at), "medium", locale=reader_locale())


def time_words(at: datetime) -> str:
    """The time of day in the reader's zone, on a 12 or 24 hour clock as the language has it."""
    return format_time(timezone.localtime(at), "short", locale=reader_locale())


def ago_words(at: datetime) -> str:
    """How long ago, or how long until; after a week the date."""
    gap = at - timezone.now()
    if abs(gap) < timedelta(minutes=1):
        return _("just now")
    if abs(gap) < WORDS_FOR:
        return format_timedelta(gap, add_direction=True, threshold=1.2, locale=reader_locale())
    return date_words(timezone.localtime(at).date())


def day_words(day: date) -> str:
    """Today, Tomorrow, Yesterday, a weekday of the coming week, or the date."""
    gap = (day - timezone.localdate()).days
    near = {0: _("Today"), 1: _("Tomorrow"), -1: _("Yesterday")}
    if gap in near:
        return near[gap]
    if 1 < gap < 7:
        return _weekday(day, reader_locale())
    return date_words(day)


@lru_cache(maxsize=256)
def _weekday(day: date, locale: Locale) -> str:
    return format_date(day, "EEEE", locale=locale)


def due_words(day: date) -> str:
    """When something is due; a day in the past says how late it is."""
    late = (timezone.localdate() - day).days
    if late > 0:
        return ngettext("%(days)s day late", "%(days)s days late", late) % {"days": number(late)}
    return day_words(day)


def language_name(code: str) -> str:
    """The language's name in the reader's; the code itself where nobody has named it."""
    return str(reader_locale().languages.get(code, code))


def listed(names: Sequence[str]) -> str:
    """The names as one phrase: France, Spain and Italy."""
    return format_list(names, locale=reader_locale())


def initials(name: str) -> str:
    """One or two letters for an avatar: of the first and the last word."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [word[0] for word in (words[:1] + words[1:][-1:])]
    return "".join(letters).upper() or "?"
