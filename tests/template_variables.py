"""Makes a variable that a template of ours names and nobody gives fail the test."""

from __future__ import annotations

import sys
from pathlib import Path
from types import FrameType

from django.template import Template

ROOT = Path(__file__).resolve().parents[1]


class UnknownVariableError(Exception):
    """A template shows a variable that its view doesn't give."""


class FailOnUnknown(str):
    """Django's `string_if_invalid`: asked for the text of an unknown variable, it raises for our own templates."""

    __slots__ = ()

    def __contains__(self, _part: object) -> bool:
        return True  # says that a "%s" is inside, so that Django fills in the variable's name

    def __mod__(self, variable: object) -> str:
        template = own_template(sys._getframe(1))
        if template:
            raise UnknownVariableError(f"{template}: nobody gives {{{{ {variable} }}}}")
        return ""


def own_template(frame: FrameType | None) -> str:
    """The innermost template that is being rendered, when it is one of ours and not a package's."""
    while frame is not None:
        owner = frame.f_locals.get("self")
        origin = getattr(owner, "origin", None)
        name = str(getattr(origin, "name", ""))
        if origin is not None and name and (isinstance(owner, Template) or hasattr(owner, "token")):
            path = Path(name)
            return name if path.is_absolute() and path.is_relative_to(ROOT) and ".venv" not in path.parts else ""
        frame = frame.f_back
    return ""
