"""Who may see which record: the one queryset method that every surface starts from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self, TypeVar

from django.contrib.contenttypes.models import ContentType
from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.db.models.functions import Cast
from guardian.models import UserObjectPermission

from .users import Scope, User

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


M = TypeVar("M", bound=models.Model)


def shared_ids(user: User, model: type[models.Model]) -> models.QuerySet[Any, Any]:
    """Ids of single records that somebody shared with this user by object permission."""
    content_type = ContentType.objects.get_for_model(model)
    grants = UserObjectPermission.objects.filter(
        user=user, content_type=content_type, permission__codename=f"view_{content_type.model}"
    )
    return grants.values(shared_id=Cast("object_pk", models.BigIntegerField()))


class VisibleQuerySet(models.QuerySet[M]):
    """A queryset of customer data: `visible_to(user)` comes first, on every surface."""

    def visible_to(self, user: User | AnonymousUser) -> Self:
        """The rows that this user's scope reaches, plus single records shared with them."""
        if not isinstance(user, User) or not user.is_active:
            return self.none()
        if user.scope == Scope.ALL:
            return self.all()
        return self.filter(self.seen_by(user))

    def seen_by(self, user: User) -> Q:
        return self.in_scope(user)

    def in_scope(self, user: User) -> Q:
        """What own and team scope mean for this model."""
        raise NotImplementedError


class OwnedQuerySet(VisibleQuerySet[M]):
    """Records with an owner and a team: own = mine; team = my teams' and what nobody owns yet. They can be shared."""

    def seen_by(self, user: User) -> Q:
        return self.in_scope(user) | Q(pk__in=shared_ids(user, self.model))

    def in_scope(self, user: User) -> Q:
        if user.scope == Scope.OWN:
            return Q(owner=user)
        team_ids = user.team_ids
        return (
            Q(owner=user) | Q(team__in=team_ids) | Q(owner__in=user.team_mate_ids, team=None) | Q(owner=None, team=None)
        )


def of_seen(model: type[models.Model], name: str, user: User) -> Q:
    """Rows of this model whose linked record the user sees.

    Asked of one linked record at a time or of all, as is quicker: PostgreSQL chooses only where it is written so.
    """
    linked: Any = model._meta.get_field(name).related_model
    return Q(Exists(linked.objects.visible_to(user).order_by().filter(pk=OuterRef(name))))


class OfPersonQuerySet(VisibleQuerySet[M]):
    """Rows that belong to a person and are seen by whoever sees that person."""

    def in_scope(self, user: User) -> Q:
        return of_seen(self.model, "person", user)


class LinkedQuerySet(VisibleQuerySet[M]):
    """Rows linked to a person, a company or a deal: seen by whoever sees one of them."""

    def in_scope(self, user: User) -> Q:
        person, company, deal = (of_seen(self.model, name, user) for name in ("person", "company", "deal"))
        return person | company | deal
