"""Roles: what each allows beside reading, which scope and sharing decide."""

from __future__ import annotations

from crm.access import ROLE_ALLOWS, Can
from crm.models import Role, Scope

from .tables import code, table

INTRODUCTION = """\
# Roles

What a user may see is decided by scope (own records, those of the team, all) and by single records that colleagues
shared; what they may do, by role. Every page, list, count, search, export, file and API call asks both.
"""


def page() -> str:
    roles = [Role(value) for value in Role.values]
    rows = ([code(can.value), *("yes" if can in ROLE_ALLOWS[role] else "" for role in roles)] for can in Can)
    head = ["capability", *(str(role.label) for role in roles)]
    scopes = table(("scope", "label"), ((code(value), label) for value, label in Scope.choices))
    return f"{INTRODUCTION}\n{table(head, rows)}\n\n{scopes}"
