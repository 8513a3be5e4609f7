"""In which zone the business counts its days."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from crm.models import Workspace


def workspace_zone() -> ZoneInfo:
    """The zone of the workspace, in one query."""
    name = Workspace.objects.values_list("time_zone", flat=True).first()
    return ZoneInfo(name or "UTC")
