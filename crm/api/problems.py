"""Errors as problem+json (RFC 9457), whatever went wrong."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import RequestDataTooBig, ValidationError
from django.db import DataError, IntegrityError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import ErrorDetail
from rest_framework.response import Response
from rest_framework.views import exception_handler

from crm.contacts import ContactError
from crm.filters import FilterError
from crm.models import Person
from crm.operations.companies import DomainError
from crm.operations.deals import LostReasonMissingError
from crm.operations.editing import CustomValueError, EditConflictError
from crm.operations.people import ContactTakenError

REFUSALS = (
    ContactError,
    ContactTakenError,
    CustomValueError,
    DomainError,
    FilterError,
    LostReasonMissingError,
    ValidationError,
)


def problem(status: int, title: str, detail: str = "", **more: Any) -> Response:
    """A response with `type`, `title`, `status`, `detail`, and what else is known."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail, **more}
    return Response(body, status=status, content_type="application/problem+json")


def handle_problem(error: Exception, context: dict[str, Any]) -> Response | None:
    """DRF's exception handler: refusals of operations become 422, conflicts 409, the rest as DRF has it."""
    if isinstance(error, EditConflictError):
        return problem(409, _("Conflict"), str(error), version=error.current.version)
    if isinstance(error, IntegrityError):
        return problem(409, _("Conflict"), _("There is a record of this source and external_id already."))
    if isinstance(error, (*REFUSALS, DataError)):
        return problem(422, _("Refused"), _refusal(error, context))
    if isinstance(error, RequestDataTooBig):
        return problem(413, _("Too large"), _("Send less in one call."))
    answer = exception_handler(error, context)
    if answer is None:
        return None
    shown = problem(answer.status_code, str(TITLES.get(answer.status_code, _("Error"))), **_details(answer.data))
    for name, value in answer.headers.items():
        if name.lower() != "content-type":
            shown[name] = value
    return shown


def _refusal(error: Exception, context: dict[str, Any]) -> str:
    """Why, in words; who has an address already is told only to those who see that person."""
    if isinstance(error, DataError):  # the database's own words tell of tables
        return _("A value is too large to be kept.")
    if isinstance(error, ValidationError):
        return " ".join(error.messages)
    if isinstance(error, ContactTakenError):
        seen = Person.objects.visible_to(context["request"].user)
        if not seen.filter(pk=error.person.pk).exists():
            return _("This address or number is taken by somebody whom you don't see.")
    return str(error)


TITLES = {
    400: gettext_lazy("Not understood"),
    401: gettext_lazy("Not signed in"),
    403: gettext_lazy("Not allowed"),
    404: gettext_lazy("Not found"),
    405: gettext_lazy("Not possible here"),
    406: gettext_lazy("Only JSON is spoken here"),
    415: gettext_lazy("Only JSON is taken here"),
    429: gettext_lazy("Too many calls"),
}


def _details(data: Any) -> dict[str, Any]:
    if isinstance(data, dict) and isinstance(data.get("detail"), ErrorDetail):
        return {"detail": str(data["detail"])}
    return {"errors": data}
