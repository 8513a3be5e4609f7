"""Making, using and taking back the tokens of the API."""

from __future__ import annotations

import secrets
from datetime import timedelta
from hashlib import sha256

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.events import record_event
from crm.models import ApiToken, User

START = "rapport_"
LONGEST = timedelta(days=365)
USE_NOTED_EVERY = timedelta(minutes=5)


@transaction.atomic
def create_token(
    *, user: User, name: str, scope: str = ApiToken.Scope.READ, days: int = 90, actor: User | None = None
) -> tuple[ApiToken, str]:
    """A new token and its secret, which is shown this once. Records `token.created`. Raises ValueError."""
    if not 1 <= days <= LONGEST.days:
        raise ValueError(_("A token lives between 1 and %(days)s days.") % {"days": LONGEST.days})
    secret = START + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        user=user, name=name.strip()[:100] or "API", scope=ApiToken.Scope(scope), prefix=secret[: len(START) + 4],
        digest=digest(secret), expires_at=timezone.now() + timedelta(days=days),
    )  # fmt: skip
    record_event(kind="token.created", subject=token, actor=actor, data={"name": token.name, "scope": token.scope})
    return token, secret


@transaction.atomic
def revoke_token(*, token: ApiToken, actor: User | None) -> None:
    """Take a token back; the next call with it is refused. Records `token.revoked`."""
    record_event(kind="token.revoked", subject=token, actor=actor, data={"name": token.name})
    token.delete()


def find_token(secret: str) -> ApiToken | None:
    """The living token of a living user behind this secret."""
    now = timezone.now()
    token = ApiToken.objects.select_related("user").filter(digest=digest(secret), expires_at__gt=now).first()
    if token is None or not token.user.is_active:
        return None
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
        ApiToken.objects.filter(pk=token.pk).update(last_used_at=now)
    return token


def digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
