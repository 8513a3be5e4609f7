"""The API: every call with its parameters, from the same OpenAPI description that programs get."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from drf_spectacular.generators import SchemaGenerator

from .tables import code, table

INTRODUCTION = """\
# API

`/api/v1/schema` gives this as OpenAPI 3.1. A token (`manage.py create_token`) goes into `Authorization: Bearer …`.
Answers hold what the token's user may see. Faults are `application/problem+json`; what is sent again under the same
`Idempotency-Key` is done once.
"""


def page() -> str:
    description = SchemaGenerator().get_schema(request=None, public=True)  # type: ignore[no-untyped-call]
    rows = ((code(method.upper()), code(path), call.get("description", "").split("\n")[0], _parameters(call))
            for path, method, call in _calls(description["paths"]))  # fmt: skip
    schemas = sorted(description["components"]["schemas"].items())
    shapes = [_shape(name, schema) for name, schema in schemas if _is_shown(name, schema)]
    return "\n\n".join([INTRODUCTION.strip(), table(("", "path", "", "parameters"), rows), "## Records", *shapes])


def _calls(paths: Mapping[str, Any]) -> Iterator[tuple[str, str, Mapping[str, Any]]]:
    for path, methods in sorted(paths.items()):
        for method, call in methods.items():
            yield path, method, call


def _parameters(call: Mapping[str, Any]) -> str:
    return ", ".join(code(each["name"]) for each in call.get("parameters", []) if each["in"] == "query")


def _is_shown(name: str, schema: Mapping[str, Any]) -> bool:
    return "properties" in schema and not name.startswith(("Paginated", "Patched"))


def _shape(name: str, schema: Mapping[str, Any]) -> str:
    needed = set(schema.get("required", ()))
    rows = (
        (code(key), code(_kind(value)), "read only" if value.get("readOnly") else "needed" if key in needed else "")
        for key, value in schema["properties"].items()
    )
    return f"### {name}\n\n{table(('field', 'type', ''), rows)}"


def _kind(value: Mapping[str, Any]) -> str:
    """What a value is, in a word or two."""
    if inner := value.get("allOf") or value.get("oneOf"):
        return " or ".join(_kind(each) for each in inner)
    if "$ref" in value:
        return str(value["$ref"]).rsplit("/", 1)[-1]
    kinds = value.get("type", "any")
    words = " or ".join(kinds) if isinstance(kinds, list) else str(kinds)
    return f"{words} ({value['format']})" if "format" in value else words
