"""What colleagues set for themselves."""

from __future__ import annotations

from typing import Any

from crm.models import User

from .editing import take_over

PROFILE_FIELDS = frozenset("name language time_zone theme digest has_single_key_shortcuts".split())


def update_profile(*, user: User, **changes: Any) -> User:
    """Change how a user likes Rapport. Their own taste is no event: nothing of the business happened."""
    changed = take_over(user, changes, PROFILE_FIELDS)
    if changed:
        user.save(update_fields=list(changed))
    return user
