"""The manager's desk for everything that the crm room lets one set up, watch and mend."""

from . import imports, privacy, schedules, selling, system, users

__all__ = ["imports", "privacy", "schedules", "selling", "system", "users"]
