"""What roles mean to Django's own permission checks, which the admin asks."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.backends import BaseBackend

from crm.models import User


class RoleBackend(BaseBackend):
    """Owners and managers may use every table that stands in the admin; single tables refuse more by themselves."""

    def has_perm(self, user_obj: Any, perm: str, obj: Any = None) -> bool:
        return obj is None and isinstance(user_obj, User) and user_obj.is_active and user_obj.is_staff

    def has_module_perms(self, user_obj: Any, app_label: str) -> bool:
        return isinstance(user_obj, User) and user_obj.is_active and user_obj.is_staff
