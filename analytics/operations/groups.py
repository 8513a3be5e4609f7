"""What colleagues change about groups: their names."""

from __future__ import annotations

from django.db import transaction

from analytics.models import CustomerGroup
from crm.events import record_event
from crm.models import User


@transaction.atomic
def rename_group(*, group: CustomerGroup, name: str, actor: User | None) -> CustomerGroup:
    """Give a group an own name, or with an empty one its usual name back. Records `group.renamed` if that changes."""
    name = name.strip()
    if name != group.name:
        group.name = name
        group.save(update_fields=["name"])
        record_event(kind="group.renamed", subject=group, actor=actor, data={"way": group.way, "key": group.key})
    return group
