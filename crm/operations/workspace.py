"""Setting up the business and its users, and sharing single records."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from django.contrib.auth.password_validation import validate_password
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from guardian.shortcuts import assign_perm, remove_perm

from crm.events import record_event
from crm.extensions import set_up_steps
from crm.models import Pipeline, Record, Role, Scope, Stage, User, Workspace

_known: ContextVar[list[Workspace] | None] = ContextVar("known_workspace", default=None)


class AlreadySetUpError(Exception):
    """There is an owner already: the first-run page and command do nothing twice."""


DEFAULT_STAGES = (
    (gettext_lazy("New"), 10, Stage.Kind.OPEN),
    (gettext_lazy("Talked"), 25, Stage.Kind.OPEN),
    (gettext_lazy("Offer sent"), 50, Stage.Kind.OPEN),
    (gettext_lazy("Negotiating"), 70, Stage.Kind.OPEN),
    (gettext_lazy("Decision"), 85, Stage.Kind.OPEN),
    (gettext_lazy("Won"), 100, Stage.Kind.WON),
    (gettext_lazy("Lost"), 0, Stage.Kind.LOST),
)


def is_set_up() -> bool:
    return User.objects.filter(role=Role.OWNER).exists()


@transaction.atomic
def set_up(
    *,
    email: str,
    password: str,
    name: str = "",
    business: str = "",
    currency: str = "EUR",
    language: str = "en",
    time_zone: str = "UTC",
) -> User:
    """Make the owner, the workspace and the first pipeline. Raises AlreadySetUpError, ValidationError (password)."""
    if is_set_up():
        raise AlreadySetUpError
    owner = User(email=email.strip().lower(), name=name.strip())
    validate_password(password, owner)
    owner = User.objects.create_user(
        email, password, name=name.strip(), role=Role.OWNER, scope=Scope.ALL, is_superuser=True, language=language,
        time_zone=time_zone,
    )  # fmt: skip
    (_known.get() or []).clear()  # what was read before is no longer so
    Workspace.objects.update_or_create(
        pk=1,
        defaults={"name": business or _("My business"), "currency": currency, "language": language,
                  "time_zone": time_zone},
    )  # fmt: skip
    with translation.override(language):
        make_default_pipeline()
        for step in set_up_steps:
            step.run()
    record_event(kind="workspace.set_up", subject=owner, actor=owner)
    return owner


def make_default_pipeline() -> Pipeline:
    """The five open stages, Won and Lost; idempotent."""
    pipeline = Pipeline.objects.order_by("position", "pk").first() or Pipeline.objects.create(name=_("Sales"))
    if not pipeline.stages.exists():
        Stage.objects.bulk_create(
            Stage(pipeline=pipeline, name=str(name), probability=chance, kind=kind, position=position)
            for position, (name, chance, kind) in enumerate(DEFAULT_STAGES)
        )
    return pipeline


@contextmanager
def workspace_read_once() -> Iterator[None]:
    """Inside, as in one request, the workspace is read from the database once."""
    token = _known.set([])
    try:
        yield
    finally:
        _known.reset(token)


def current_workspace() -> Workspace:
    """The workspace; before it is set up, an unsaved one with defaults."""
    known = _known.get()
    if known:
        return known[0]
    workspace = Workspace.objects.first() or Workspace(pk=1, name="Rapport")
    if known is not None:
        known.append(workspace)
    return workspace


@transaction.atomic
def share_record(*, record: Record, user: User, actor: User) -> None:
    """Let one colleague see this record although their scope does not reach it. Records `record.shared`."""
    assign_perm(f"view_{record._meta.model_name}", user, record)
    record_event(kind="record.shared", subject=record, actor=actor, data={"with": str(user)})


@transaction.atomic
def unshare_record(*, record: Record, user: User, actor: User) -> None:
    """Take the single permission back. Records `record.unshared`."""
    remove_perm(f"view_{record._meta.model_name}", user, record)
    record_event(kind="record.unshared", subject=record, actor=actor, data={"with": str(user)})
