"""Which tables keep a history of their fields (django-auditlog)."""

from __future__ import annotations

from auditlog.registry import auditlog

from . import models

AUDITED = (
    models.User, models.Team, models.Workspace, models.Person, models.ContactPoint, models.Company, models.Domain,
    models.Deal, models.Pipeline, models.Stage, models.Task, models.Note, models.Order, models.Product,
    models.Subscription, models.CustomField, models.Tag, models.Spend,
)  # fmt: skip
HIDDEN = {"password", "last_login", "search_text", "updated_at", "version"}


def register() -> None:
    for model in AUDITED:
        names = {field.name for field in model._meta.get_fields()}
        auditlog.register(model, exclude_fields=sorted(HIDDEN & names))
