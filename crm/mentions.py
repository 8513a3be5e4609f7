"""Who is meant by “@Ann” in a note: a colleague by whole name, by first name while only one has it, or by address."""

from __future__ import annotations

import re
from collections import Counter

from .models import User
from .search import fold

MOST = 20  # a note that calls everybody calls nobody


def mentioned(text: str) -> list[User]:
    """The colleagues whom the text calls, in the order of their names. One query, none without an @."""
    if "@" not in text:
        return []
    folded = fold(text)
    colleagues = list(User.objects.filter(is_active=True).order_by("name", "pk"))
    firsts = Counter(fold(user.name).split()[0] for user in colleagues if user.name.strip())
    return [user for user in colleagues if any(_is_called(handle, folded) for handle in _handles(user, firsts))][:MOST]


def _handles(user: User, firsts: Counter[str]) -> list[str]:
    name = fold(user.name)
    handles = [name, fold(user.email), fold(user.email.split("@")[0])]
    if name and firsts[name.split()[0]] == 1:
        handles.append(name.split()[0])
    return [handle for handle in handles if handle]


def _is_called(handle: str, folded: str) -> bool:
    return re.search(rf"(?<![\w.]){re.escape('@' + handle)}(?![\w@])", folded) is not None
