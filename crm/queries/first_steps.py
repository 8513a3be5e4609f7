"""What is left to do in a new workspace."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from crm.addresses import address
from crm.extensions import first_steps


@dataclass(frozen=True)
class StepLine:
    label: str
    hint: str
    url: str
    is_done: bool


@dataclass(frozen=True)
class FirstSteps:
    """The list as shown; `done` of `total` fill its bar."""

    lines: Sequence[StepLine]

    @property
    def total(self) -> int:
        return len(self.lines)

    @property
    def done(self) -> int:
        return sum(line.is_done for line in self.lines)


def open_first_steps() -> FirstSteps | None:
    """The list while something is left to do; one query a step."""
    steps = sorted(first_steps, key=lambda step: step.position)
    lines = [StepLine(str(s.label), str(s.hint), url, s.is_done()) for s in steps if (url := address(s.url_name))]
    return FirstSteps(lines) if any(not line.is_done for line in lines) else None
