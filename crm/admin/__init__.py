"""The manager's desk for everything that the crm room lets one set up, watch and mend."""

from . import schedules, selling, system, users

__all__ = ["schedules", "selling", "system", "users"]
