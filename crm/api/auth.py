"""Who a program is and what it may do: bearer tokens for programs, the session for a signed-in browser."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import structlog
from django.utils.translation import gettext as _
from drf_spectacular.extensions import OpenApiAuthenticationExtension
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.throttling import UserRateThrottle

from crm.access import Can, allows
from crm.limits import cache_is_away
from crm.models import ApiToken, User
from crm.operations.tokens import find_token

if TYPE_CHECKING:  # REST framework reads this module while it is being imported itself
    from rest_framework.request import Request
    from rest_framework.views import APIView


log = structlog.get_logger(__name__)


class TokenAuthentication(BaseAuthentication):
    """`Authorization: Bearer rapport_…`"""

    def authenticate(self, request: Request) -> tuple[User, ApiToken] | None:
        words = get_authorization_header(request).split()
        if not words or words[0].lower() != b"bearer":
            return None
        token = find_token(words[1].decode(errors="replace")) if len(words) == 2 else None
        if token is None:
            raise AuthenticationFailed(_("This token is not valid (any more)."))
        return token.user, token

    def authenticate_header(self, request: Request) -> str:
        return 'Bearer realm="Rapport"'


class TokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    target_class = TokenAuthentication
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {"type": "http", "scheme": "bearer"}


class MayCall(BasePermission):
    """Reading is for every role; writing needs a token that may write and the view's capability."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.user, User):
            return False
        if request.method in SAFE_METHODS:
            return True
        if isinstance(request.auth, ApiToken) and request.auth.scope != ApiToken.Scope.WRITE:
            return False
        return allows(request.user, getattr(view, "capability", Can.EDIT))


class ApiThrottle(UserRateThrottle):
    """Counts in the cache; where that is away, all may go on."""

    rate = "600/min"

    def allow_request(self, request: Request, view: APIView) -> bool:
        try:
            return bool(super().allow_request(request, view))
        except cache_is_away():
            log.warning("limit_not_counted", what="api")
            return True
