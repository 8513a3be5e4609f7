"""Facts of a chance as the reasons that are stored: a key, a direction, numbers, and the business's own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from crm.models import CustomField

if TYPE_CHECKING:
    from analytics.ml.tabular.scorer import Fact

OWN = "custom."


def plain_facts(task: str, rows: Sequence[Sequence[Fact]], own: Sequence[CustomField]) -> list[list[dict[str, Any]]]:
    """The reasons of each row; an own field of the business goes by its label."""
    labels = {f"{OWN}{field.key}": field.label for field in own}
    return [[_plain(task, fact, labels) for fact in facts] for facts in rows]


def _plain(task: str, fact: Fact, labels: Mapping[str, str]) -> dict[str, Any]:
    numbers = {"value": fact.value, "usual": fact.usual}
    is_own = fact.column.startswith(OWN)
    return {
        "key": f"{task}.own" if is_own else f"{task}.{fact.column}",
        "direction": fact.direction,
        "numbers": {name: round(number, 2) for name, number in numbers.items() if number is not None},
        "word": fact.word,
        **({"label": labels.get(fact.column, "")} if is_own else {}),
    }
