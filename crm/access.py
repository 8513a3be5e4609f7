"""Guards: fetch and authorise in one step. What a user can't see is not there (404); what they may not do is 403."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from .models import Company, Deal, Note, Order, Person, Role, Scope, Subscription, Task, User

M = TypeVar("M", bound=Model)
P = ParamSpec("P")


class Can(StrEnum):
    """What a role allows. Reading is not here: `visible_to` decides that."""

    EDIT = "edit"  # people, companies, notes, tags
    DELETE = "delete"
    SELL = "sell"  # deals
    WORK = "work"  # own tasks
    ANSWER = "answer"  # conversations
    IMPORT = "import"
    EXPORT = "export"
    SHARE = "share"
    SET_UP = "set_up"  # the admin
    PRIVACY = "privacy"  # one person's data: give them out, erase them
    RUN_MODELS = "run_models"


_STAFF = {Can.EDIT, Can.WORK}
ROLE_ALLOWS: dict[str, set[Can]] = {
    Role.OWNER: set(Can),
    Role.MANAGER: set(Can),
    Role.SALES: _STAFF | {Can.SELL, Can.ANSWER, Can.SHARE, Can.IMPORT},
    Role.SUPPORT: _STAFF | {Can.ANSWER, Can.SHARE},
    Role.MARKETING: _STAFF | {Can.IMPORT, Can.EXPORT},
    Role.READONLY: set(),
}


def allows(user: User, capability: str) -> bool:
    return user.is_active and Can(capability) in ROLE_ALLOWS[user.role]


def require(user: User, capability: Can) -> None:
    """Raises PermissionDenied with words that say who can help."""
    if not allows(user, capability):
        raise PermissionDenied(_("Your role does not allow this. The owner or a manager can change your role."))


def may_give_out(user: User) -> bool:
    """Whether this user may export or erase all that is held of a person: in every room, whoever owns it."""
    return allows(user, Can.PRIVACY) and user.scope == Scope.ALL


def get_person_for_privacy(user: User, pk: int) -> Person:
    """The person, for whoever may give out or erase their data. Raises Http404, PermissionDenied."""
    person = get_person(user, pk)
    require_privacy(user)
    return person


def require_privacy(user: User) -> None:
    """Raises PermissionDenied for whoever can't answer for all data of a person."""
    require(user, Can.PRIVACY)
    if not may_give_out(user):
        raise PermissionDenied(_("Only somebody who sees all records can answer for all data of a person."))


View = Callable[Concatenate[HttpRequest, P], HttpResponse]


def needs(capability: Can) -> Callable[[View[P]], View[P]]:
    """A view that only roles with this capability may use."""

    def decorate(view: View[P]) -> View[P]:
        @wraps(view)
        def guarded(request: HttpRequest, *args: P.args, **kwargs: P.kwargs) -> HttpResponse:
            require(signed_in(request), capability)
            return view(request, *args, **kwargs)

        return cast("View[P]", guarded)

    return decorate


def signed_in(request: HttpRequest) -> User:
    """The user of a page that the sign-in middleware guards."""
    user = request.user
    if not isinstance(user, User):
        raise Http404
    return user


def visible_or_404(model: type[M], user: User, pk: int, *related: str) -> M:
    """The row, if this user may see it. Raises Http404 without telling whether it exists."""
    queryset: Any = model._default_manager.all()
    row: M | None = queryset.visible_to(user).select_related(*related).filter(pk=pk).first()
    if row is None:
        raise Http404
    return row


def get_person(user: User, pk: int) -> Person:
    return visible_or_404(Person, user, pk, "owner", "team")


def get_company(user: User, pk: int) -> Company:
    return visible_or_404(Company, user, pk, "owner", "team")


def get_deal(user: User, pk: int) -> Deal:
    return visible_or_404(Deal, user, pk, "owner", "stage__pipeline", "person", "company")


def get_task(user: User, pk: int) -> Task:
    return visible_or_404(Task, user, pk, "owner", "person", "company", "deal")


def get_note(user: User, pk: int) -> Note:
    return visible_or_404(Note, user, pk, "author")


def get_subscription(user: User, pk: int) -> Subscription:
    return visible_or_404(Subscription, user, pk, "person")


def get_order(user: User, pk: int) -> Order:
    return visible_or_404(Order, user, pk, "person")
