"""Extension points: what rooms and plug-ins may add, with what is registered."""

from __future__ import annotations

from dataclasses import MISSING, Field, fields
from typing import Any, get_args, get_type_hints

from crm import extensions
from crm.extensions import REGISTRIES, Registry, event_consumers, event_kinds

from .tables import code, summary, table

INTRODUCTION = """\
# Extension points

The registries of `crm/extensions.py`. An app registers in its `AppConfig.ready`; a plug-in is a Django app found by the
entry-point group `rapport.plugins` and does the same. Two extensions with one key are refused.
"""
ELSEWHERE = {id(event_kinds), id(event_consumers)}  # they have a page of their own


def page() -> str:
    names = {id(value): name for name, value in vars(extensions).items() if isinstance(value, Registry)}
    kinds = get_type_hints(extensions)
    sections = [_section(names[id(each)], get_args(kinds[names[id(each)]])[0], each) for each in REGISTRIES]
    return "\n\n".join([INTRODUCTION.strip(), *sections])


def _section(name: str, kind: type[Any], registry: Registry[Any]) -> str:
    shown = [
        f"## {registry.title[0].upper()}{registry.title[1:]}",
        f"`{name}.register({kind.__name__}(…))`. {summary(kind)}",
        table(
            ("field", "type", ""),
            ((code(f.name), code(str(f.type).replace("_StrOrPromise", "str")), _need(f)) for f in fields(kind)),
        ),
        "Registered: see [events](events.md)." if id(registry) in ELSEWHERE else f"Registered: {_keys(registry)}.",
    ]
    return "\n\n".join(shown)


def _need(each: Field[Any]) -> str:
    is_needed = each.default is MISSING and each.default_factory is MISSING
    return "needed" if is_needed else ""


def _keys(registry: Registry[Any]) -> str:
    return ", ".join(code(each.key) for each in sorted(registry, key=lambda each: str(each.key))) or "none"
