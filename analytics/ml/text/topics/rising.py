"""Finds what many customers suddenly write about: terms that are far commoner of late than before."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, lgamma
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from analytics.ml.text.topics.words import word_list

WINDOWS = (1, 3, 7)  # days that may stand out
SURPRISE = 4.0  # standard errors
FEWEST_CUSTOMERS = 5
FEWEST_BEFORE = 30  # messages that say what is usual
TWICE = 2.0  # as often as before, at least
SHARED = 0.5  # of the messages of the rarer term, from which two terms are one matter
SAME_MEANING = 0.8  # cosine of two matters from which they are one
MOST = 5
SHORTEST = 3  # letters of a word by itself
COMMON = 0.25  # share of all messages from which a word says nothing
MOST_WORDS = 400  # of a message


@dataclass(frozen=True)
class Written:
    """A message: its day number, who wrote it, and what."""

    day: int
    customer: int
    text: str


@dataclass(frozen=True)
class Rising:
    """A matter: its terms, strongest first; rows of its messages in the last `days`; how surprising it is.

    `usual` is how many such messages came in as many days before.
    """

    terms: tuple[str, ...]
    days: int
    rows: tuple[int, ...]
    customers: int
    usual: float
    surprise: float


def rising(messages: Sequence[Written], today: int) -> list[Rising]:
    """Up to five matters of the last one, three or seven days against all days before, most surprising first.

    Customers are counted, not messages. A matter stands out by four standard errors and five customers.
    """
    terms = [_terms(message.text) for message in messages]
    common = _too_common(terms)
    found = [one for days in WINDOWS for one in _in_window(messages, terms, common, today, days)]
    return _merged(sorted(found, key=_place), messages)


def _place(one: Rising) -> tuple[float, int, int, str]:
    """Most surprising first; of equals the term that tells most, so that chance names no matter."""
    (term,) = one.terms
    return -one.surprise, -sum(len(word) for word in _telling(term)), len(term), term


def _telling(term: str) -> set[str]:
    """Its longer words: articles and the like are short in every language that we know."""
    return {word for word in term.split() if len(word) > SHORTEST}


def _terms(text: str) -> set[str]:
    """Words and pairs of words, without numbers."""
    words = [word for word in word_list(text)[:MOST_WORDS] if not word.isdigit()]
    alone = {word for word in words if len(word) >= SHORTEST}
    return alone | {f"{first} {second}" for first, second in pairwise(words) if len(first) + len(second) > SHORTEST}


def _too_common(terms: Sequence[set[str]]) -> set[str]:
    seen = Counter(term for one in terms for term in one)
    return {term for term, count in seen.items() if count > COMMON * len(terms) + FEWEST_CUSTOMERS}


def _in_window(
    messages: Sequence[Written], terms: Sequence[set[str]], common: set[str], today: int, days: int
) -> list[Rising]:
    since = today - days + 1
    late = [row for row, message in enumerate(messages) if since <= message.day <= today]
    before = [row for row, message in enumerate(messages) if message.day < since]
    if len(before) < FEWEST_BEFORE:
        return []
    now, then = _users(messages, terms, late, by_day=False), _users(messages, terms, before, by_day=True)
    many_now = len({messages[row].customer for row in late})
    many_then = len({(messages[row].customer, messages[row].day) for row in before})
    span = max(since - min(messages[row].day for row in before), days)
    found = []
    for term, customers in now.items():
        if len(customers) < FEWEST_CUSTOMERS or term in common:
            continue
        if len(customers) * many_then <= TWICE * len(then.get(term, ())) * many_now:
            continue
        surprise = _surprise(len(customers), many_now, len(then.get(term, ())), many_then)
        if surprise > SURPRISE:
            rows = tuple(row for row in late if term in terms[row])
            usual = sum(1 for row in before if term in terms[row]) * days / span
            found.append(Rising((term,), days, rows, len(customers), usual, surprise))
    return found


def _users(
    messages: Sequence[Written], terms: Sequence[set[str]], rows: Iterable[int], *, by_day: bool
) -> dict[str, set[tuple[int, int]]]:
    """Who used each term in these rows; `by_day` counts a customer anew on each day."""
    found: dict[str, set[tuple[int, int]]] = defaultdict(set)
    for row in rows:
        one = messages[row]
        for term in terms[row]:
            found[term].add((one.customer, one.day if by_day else 0))
    return found


def _surprise(now: int, all_now: int, then: int, all_then: int) -> float:
    """How many standard errors above what was usual it is that `now` of `all_now` use a term.

    By the tail of a beta-binomial, for what was usual is uncertain: a rate seen `then` times among `all_then`, and half
    a time before.
    """
    rest = max(all_then - then, 0) + 0.5
    tail = sum(_chance(count, all_now, then + 0.5, rest) for count in range(now, all_now + 1))
    return -NormalDist().inv_cdf(min(max(tail, 1e-300), 1 - 1e-12))


def _chance(count: int, many: int, first: float, second: float) -> float:
    ways = lgamma(many + 1) - lgamma(count + 1) - lgamma(many - count + 1)
    mixed = lgamma(count + first) + lgamma(many - count + second) - lgamma(many + first + second)
    return exp(ways + mixed - lgamma(first) - lgamma(second) + lgamma(first + second))


def _merged(found: Sequence[Rising], messages: Sequence[Written]) -> list[Rising]:
    """Terms that stand in the same messages are one matter, under the name of the most surprising."""
    matters: list[Rising] = []
    for one in found:
        same = next((at for at, matter in enumerate(matters) if _shares(matter.rows, one.rows)), None)
        if same is None:
            matters.append(one)
        else:
            matters[same] = _joined(matters[same], one, messages)
    return matters[:MOST]


def joined_by_meaning(
    found: Sequence[Rising], messages: Sequence[Written], centres: Sequence[NDArray[np.float64] | None]
) -> list[Rising]:
    """Matters that mean much the same in other words or another language are one, under the most surprising name.

    `centres` [matters] are the mean vectors of their messages around what all messages share, None where unknown.
    """
    kept: list[int] = []
    matters: dict[int, Rising] = {}
    for at, one in enumerate(found):
        same = next((other for other in kept if _alike(centres[other], centres[at])), None)
        if same is None:
            kept.append(at)
            matters[at] = one
        else:
            matters[same] = _joined(matters[same], one, messages)
    return [matters[at] for at in kept]


def _alike(first: NDArray[np.float64] | None, second: NDArray[np.float64] | None) -> bool:
    if first is None or second is None:
        return False
    size = float(np.linalg.norm(first) * np.linalg.norm(second))
    return size > 0 and float(first @ second) >= SAME_MEANING * size


def _shares(first: tuple[int, ...], second: tuple[int, ...]) -> bool:
    shared = len(set(first) & set(second))
    return shared >= SHARED * min(len(first), len(second))


def _joined(matter: Rising, more: Rising, messages: Sequence[Written]) -> Rising:
    rows = tuple(sorted({*matter.rows, *(more.rows if more.days <= matter.days else ())}))
    new = _telling(more.terms[0])
    known = not new or any(new & _telling(term) for term in matter.terms)
    terms = matter.terms if known or len(matter.terms) > 2 else (*matter.terms, *more.terms)
    customers = len({messages[row].customer for row in rows})
    return Rising(terms, matter.days, rows, customers, matter.usual, matter.surprise)
