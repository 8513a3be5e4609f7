"""The words and marks that templates use: icons, money, dates, initials."""

import itertools
from datetime import date, datetime
from functools import lru_cache
from typing import Any

from django import template
from django.core.exceptions import NON_FIELD_ERRORS
from django.core.paginator import Page
from django.db.models import Model
from django.forms import (
    BaseForm,
    BoundField,
    CheckboxInput,
    ChoiceField,
    DateField,
    DateTimeField,
    DecimalField,
    IntegerField,
    Textarea,
    TimeField,
)
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from heroicons.templatetags.heroicons import heroicon_outline

from crm import formats
from crm.addresses import address
from crm.queries import columns

register = template.Library()

# These point along the line of reading and turn with it.
MIRRORED = {"chevron-left", "chevron-right", "arrow-left", "arrow-right", "arrow-uturn-left", "paper-airplane"}
MIRRORED |= {"arrow-left-start-on-rectangle", "arrow-right-start-on-rectangle", "chevron-double-left"}
GROUNDS = 8
HIDDEN = ' aria-hidden="true"'  # as the package writes it on every drawing
SHORT_FIELDS = (DateField, DateTimeField, TimeField, DecimalField, IntegerField)


@register.simple_tag
def icon(name: str, size: int = 16, label: str = "") -> SafeString:
    """An inline drawing from heroicons. Without a label it is decoration and hidden from screen readers.

    Raises heroicons.IconDoesNotExist for an unknown name.
    """
    drawing = _drawing(name, size)
    if not label:
        return drawing
    named = format_html(' role="img" aria-label="{}"', label)
    return SafeString(drawing.replace(HIDDEN, named, 1))


@lru_cache(maxsize=1024)
def _drawing(name: str, size: int) -> SafeString:
    classes = "icon icon--mirrored" if name in MIRRORED else "icon"
    drawing = heroicon_outline(name, size=size, **{"class": classes})
    return SafeString(_lean(drawing))


def _lean(drawing: str) -> str:
    """Without what `.icon` in parts.css says once for all: a page has dozens of drawings."""
    for said_in_css in (
        ' fill="none"',
        ' stroke="currentColor"',
        ' stroke-linecap="round"',
        ' stroke-linejoin="round"',
        ' stroke-width="1.5"',
    ):
        drawing = drawing.replace(said_in_css, "")
    return drawing.replace("\n  ", "").replace(" />", "/>").replace("\n", "")


@register.simple_tag
@lru_cache(maxsize=256)
def icon_named(name: str, size: int = 16, prefix: str = "icon") -> SafeString:
    """A drawing that `icon_again` repeats elsewhere on the page: once in full costs less than four times."""
    return SafeString(str(icon(name, size)).replace("<svg ", f'<svg id="{prefix}-{name}" ', 1))


IN_RAIL = ("icon", 20)  # drawn there in this size: what repeats it so need not say it twice


@register.simple_tag
@lru_cache(maxsize=256)
def icon_again(name: str, size: int = 16, prefix: str = "icon") -> SafeString:
    """The drawing that `icon_named` put on the page, once more."""
    mirrored = " icon--mirrored" if name in MIRRORED else ""
    sized = f'width="{size}" height="{size}"'
    again = f'<use href="#{prefix}-{name}"{"" if (prefix, size) == IN_RAIL else f" {sized}"}/>'
    return SafeString(f'<svg class="icon{mirrored}" {sized} aria-hidden="true">{again}</svg>')


@register.filter
def money(amount: formats.Number | None, currency: str) -> str:
    return "" if amount is None else formats.money(amount, currency)


@register.filter
def money_whole(amount: formats.Number | None, currency: str) -> str:
    return "" if amount is None else formats.money_whole(amount, currency)


@register.filter
def money_short(amount: formats.Number | None, currency: str) -> str:
    return "" if amount is None else formats.money_short(amount, currency)


@register.filter
def number(value: formats.Number | None) -> str:
    return "" if value is None else formats.number(value)


@register.filter
def number_short(value: formats.Number | None) -> str:
    return "" if value is None else formats.number_short(value)


@register.filter
def percent(share: float | None) -> str:
    return "" if share is None else formats.percent(share)


@register.filter
def ago(at: datetime | None) -> str:
    """A <time> that says how long ago, with the full moment as its title."""
    return "" if at is None else _time(at, formats.ago_words(at))


@register.filter
def clock(at: datetime | None) -> str:
    """A <time> that says the hour, with the full moment as its title."""
    return "" if at is None else _time(at, formats.time_words(at))


def _time(at: datetime, words: str) -> SafeString:
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(timespec="seconds"), formats.moment_words(at), words
    )


@register.filter
def day(value: date | None) -> str:
    """A <time> with Today, Tomorrow, a weekday or the date."""
    return "" if value is None else _day(value, formats.day_words(value))


@register.filter
def due(value: date | None) -> str:
    """A <time> that says when something is due or how late it is."""
    return "" if value is None else _day(value, formats.due_words(value))


@register.filter
def date_words(value: date | None) -> str:
    return "" if value is None else _day(value, formats.date_words(value))


def _day(value: date, words: str) -> SafeString:
    return format_html('<time datetime="{}">{}</time>', value.isoformat(), words)


@register.filter
def initials(name: str) -> str:
    return formats.initials(name)


@register.filter
def ground(key: object) -> int:
    """Which of the eight avatar grounds belongs to this id: spread by hash, never by who somebody is."""
    return (int(key) * 2654435761 >> 7) % GROUNDS if isinstance(key, int) else sum(str(key).encode()) % GROUNDS


@register.filter
def page_numbers(page: Page[Any]) -> list[int | None]:
    """The numbers of a pager: first, last, and two on either side; None stands for a gap."""
    last = page.paginator.num_pages
    shown = [n for n in range(1, last + 1) if n in (1, last) or abs(n - page.number) <= 2]
    gaps = {n for n, after in itertools.pairwise(shown) if after - n > 1}
    return [entry for n in shown for entry in ([n, None] if n in gaps else [n])]


@register.filter
def is_checkbox(field: BoundField) -> bool:
    return isinstance(field.field.widget, CheckboxInput)


@register.filter
def is_optional(field: BoundField) -> bool:
    """Whether to say that nothing need be typed; a list that offers its own empty choice says it itself."""
    return not field.field.required and not isinstance(field.field, ChoiceField)


@register.filter
def field_class(field: BoundField) -> str:
    """How wide a field stands: by what is typed into it."""
    if is_checkbox(field):
        return "field--check"
    if isinstance(field.field, SHORT_FIELDS):
        return "field--short"
    return "field--wide" if isinstance(field.field.widget, Textarea) else ""


@register.filter
def has_field_errors(form: BaseForm) -> bool:
    return any(name != NON_FIELD_ERRORS for name in form.errors)


@register.filter
def words(text: str) -> list[str]:
    return text.split()


@register.filter
def mail_words(address: str) -> SafeString:
    """An e-mail address that breaks before its @ where it must, instead of in a word."""
    name, at, host = address.partition("@")
    return format_html("{}<wbr>{}{}", name, at, host) if at else format_html("{}", address)


@register.filter
def is_past(value: date) -> bool:
    return value < timezone.localdate()


@register.filter
def long_day(value: date) -> str:
    return formats.long_day_words(value)


@register.simple_tag
def record_url(name: str, record: Model) -> str:
    """The address of a record's page, or nothing while no room offers one."""
    return address(name, record.pk)


@register.filter
def split_names(joined: str | None) -> list[str]:
    return columns.split_names(joined)
