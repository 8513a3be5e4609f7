"""Guards of the analytics room."""

from __future__ import annotations

from typing import TypeVar

from django.http import Http404

from analytics.models import Board, BoardTile, Recommendation, Report, Score
from crm.access import get_person
from crm.models import User

Found = TypeVar("Found")
Kept = TypeVar("Kept", Board, Report)


def get_score(user: User, person_id: int, task: str) -> Score:
    """The current score of a person whom this user may see. Raises Http404."""
    return _found(Score.objects.filter(person=get_person(user, person_id), task=task).first())


def get_recommendation(user: User, pk: int) -> Recommendation:
    """What is recommended to a person whom this user may see. Raises Http404."""
    rows = Recommendation.objects.visible_to(user).select_related("person", "product")
    return _found(rows.filter(pk=pk, person__no_profiling=False).first())


def get_report(user: User, pk: int) -> Report:
    """A report that is this user's or shared with all. Raises Http404."""
    return _found(Report.objects.visible_to(user).select_related("owner").filter(pk=pk).first())


def get_own_report(user: User, pk: int) -> Report:
    """A report that this user may change: their own. Raises Http404."""
    return _own(get_report(user, pk), user)


def get_board(user: User, pk: int) -> Board:
    """A dashboard that is this user's or shared with them. Raises Http404."""
    return _found(Board.objects.visible_to(user).select_related("owner").filter(pk=pk).first())


def get_own_board(user: User, pk: int) -> Board:
    """A dashboard that this user may change: their own. Raises Http404."""
    return _own(get_board(user, pk), user)


def get_own_tile(user: User, pk: int, tile_pk: int) -> BoardTile:
    """A tile that this user may move or take away. Raises Http404."""
    return _found(get_own_board(user, pk).tiles.select_related("board").filter(pk=tile_pk).first())


def _found(row: Found | None) -> Found:
    if row is None:
        raise Http404
    return row


def _own(row: Kept, user: User) -> Kept:
    if row.owner_id != user.pk:
        raise Http404
    return row
