"""Empty cells, yes and no, and the error that every reader of cells raises."""

from django.utils.translation import gettext as _

EMPTY = frozenset(
    {"", "-", "–", "—", "n/a", "na", "n.a.", "#n/a", "null", "none", "nan", "nil", "(null)", "\\n", "#value!", "#ref!"}
)
YES = frozenset(
    "yes y true t 1 x on ja j oui o sí si s sim vero wahr vrai verdadero tak да نعم כן 是 はい ✓ ✔ subscribed".split()
)
NO = frozenset(
    "no n false f 0 off nein non não nao falso falsch faux nee nie нет لا לא 否 いいえ ✗ unsubscribed inactive".split()
)


class BadValueError(ValueError):
    """A cell that can't be read; the message tells the user why."""


def is_empty(text: str) -> bool:
    """True for empty cells and the words that stand for them."""
    return text.strip().lower() in EMPTY


def parse_boolean(text: str) -> bool:
    """Yes or no in a dozen languages. Raises BadValueError."""
    word = text.strip().casefold()
    if word in YES:
        return True
    if word in NO:
        return False
    raise BadValueError(_("“%(value)s” is neither yes nor no.") % {"value": text[:60]})
