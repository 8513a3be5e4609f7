"""The same Idempotency-Key within a day: the same answer, without doing it twice."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.request import Request
from rest_framework.response import Response

from crm.api.problems import problem
from crm.models import IdempotentCall, User

KEPT = timedelta(hours=24)


def once(request: Request, act: Callable[[], Response]) -> Response:
    """Do it, or give the answer of the first time. Another body under the same key is 422, one at work 409.

    The act and the note that it was done are one transaction: a crash between them leaves neither.
    """
    key = request.headers.get("Idempotency-Key", "").strip()[:200]
    if not key or not isinstance(request.user, User):
        return act()
    fingerprint = sha256(f"{request.method} {request.path}\n".encode() + _body(request)).hexdigest()
    IdempotentCall.objects.filter(created_at__lt=timezone.now() - KEPT).delete()
    earlier = IdempotentCall.objects.filter(user=request.user, key=key).first()
    if earlier is not None:
        return _repeat(earlier, fingerprint)
    with transaction.atomic():
        call = _claim(request.user, key, fingerprint)
        if call is None:
            return problem(409, _("Conflict"), _("A call with this key is at work."))
        answer = act()
        call.status, call.answer = answer.status_code, answer.data
        call.save(update_fields=["status", "answer"])
    return answer


def _claim(user: User, key: str, fingerprint: str) -> IdempotentCall | None:
    try:
        with transaction.atomic():
            return IdempotentCall.objects.create(user=user, key=key, fingerprint=fingerprint)
    except IntegrityError:
        return None


def _body(request: Request) -> bytes:
    body: Any = request.data
    return repr(sorted(body.items()) if hasattr(body, "items") else body).encode()


def _repeat(call: IdempotentCall, fingerprint: str) -> Response:
    if call.fingerprint != fingerprint:
        return problem(422, _("Refused"), _("This key was used for another call."))
    return Response(call.answer, status=call.status, headers={"Idempotent-Replay": "true"})
