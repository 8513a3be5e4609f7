"""Which dashboard opens first: for oneself, and for a whole role."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from analytics.access import get_board
from analytics.forms.boards import RoleForm
from analytics.models import Board
from analytics.operations.boards import choose_first
from analytics.operations.role_boards import NotSharedError, choose_for_role, follow_role
from analytics.queries.boards.first import first_url, role_counts
from analytics.ready_boards import READY_BOARDS
from crm.access import Can, needs, signed_in
from crm.models import Role, User
from crm.views.frames import leave, render_dialog, sent

from .boards import ready_or_404


@require_POST
def board_first(request: HttpRequest) -> HttpResponse:
    """`board` or `ready` names the dashboard that opens first from now on."""
    user = signed_in(request)
    board, ready = _named(user, request.POST.get("board", ""), request.POST.get("ready", ""))
    choose_first(actor=user, board=board, ready=ready)
    return leave(request, first_url(user), _("This dashboard opens first from now on."))


@require_POST
def board_follow(request: HttpRequest) -> HttpResponse:
    """No own choice any more: what opens first for the role."""
    user = signed_in(request)
    follow_role(actor=user)
    return leave(request, first_url(user), _("This is what opens first for your role."))


@require_http_methods(["GET", "POST"])
@needs(Can.SET_UP)
def board_role(request: HttpRequest) -> HttpResponse:
    """Let the dashboard that `board` or `ready` names open first for a role."""
    user = signed_in(request)
    board, ready = _named(user, request.GET.get("board", ""), request.GET.get("ready", ""))
    counts = role_counts()
    choices = [(role, f"{label}: {counts[role]}") for role, label in Role.choices]
    form = RoleForm(sent(request), choices=choices, initial={"role": _likely_role(board, ready)})
    url = (
        reverse("analytics:board-detail", args=[board.pk]) if board else reverse("analytics:board-ready", args=[ready])
    )
    if form.is_valid():
        try:
            taken_back = choose_for_role(actor=user, board=board, ready=ready, **form.cleaned_data)
            return leave(request, url, _role_words(form.cleaned_data["role"], taken_back))
        except NotSharedError as refused:
            form.add_error("role", str(refused))
    context = {
        "title": _("Open it first for a role"), "form": form, "submit": _("Let it open first"), "back_url": url,
        "says": _share_words(board, user),
    }  # fmt: skip
    return render_dialog(request, "form_dialog.html", context, status=422 if form.errors else 200)


@require_POST
@needs(Can.SET_UP)
def board_role_clear(request: HttpRequest, role: str) -> HttpResponse:
    """What is ready for the role opens first for it again."""
    if role in Role.values:
        choose_for_role(actor=signed_in(request), role=role)
    words = _("What is ready for this role opens first again.")
    return leave(request, reverse("analytics:board-list"), words)


def _named(user: User, pk: str, ready: str) -> tuple[Board | None, str]:
    """The dashboard that is meant: a row, or the key of a ready-made one. Raises Http404."""
    if pk.isdecimal() and len(pk) < 19:
        return get_board(user, int(pk)), ""
    return None, ready_or_404(ready).key


def _likely_role(board: Board | None, ready: str) -> str:
    """For whom it is most likely meant: the role that sees it, or that finds it ready."""
    seen_by = board.shared_with if board else READY_BOARDS[ready].roles[0]
    return seen_by if seen_by in Role.values else Role.SALES


def _share_words(board: Board | None, user: User) -> str:
    if board is None or board.shared_with or board.owner_id != user.pk:
        return ""
    return _("So far only you see it: it is shared with the role at the same time.")


def _role_words(role: str, taken_back: int) -> str:
    words = _("It opens first for this role from now on: %(role)s.") % {"role": Role(role).label}
    if not taken_back:
        return words
    more = ngettext("%(n)s own choice was taken back.", "%(n)s own choices were taken back.", taken_back)
    return f"{words} {more % {'n': taken_back}}"
