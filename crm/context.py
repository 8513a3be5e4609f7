"""What the shell around every page needs: the way about, what one may create, and how the reader likes it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.utils.translation import gettext as _

from .access import Can, allows
from .addresses import address
from .extensions import Banner, NavItem, bells, nav_items, new_items, page_banners
from .models import User
from .operations.workspace import current_workspace

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

RAIL_COOKIE = "rail"
THEME_COOKIE = "theme"
KEYS = {"today": "g t", "inbox": "g i", "people": "g p", "companies": "g c", "deals": "g d"}


@dataclass(frozen=True)
class Link:
    """One entry of the rail, a menu or the phone's bar."""

    label: str
    url: str
    icon: str
    badge: str = ""
    key: str = ""
    is_current: bool = False


@dataclass(frozen=True)
class LinkGroup:
    label: str
    links: tuple[Link, ...]


@dataclass(frozen=True)
class Shell:
    """The vocabulary of document.html, base.html and bare.html; hashable, so that what it draws can be kept."""

    frame: str
    workspace: str
    theme: str
    is_rail_folded: bool
    has_shortcuts: bool = False
    nav: tuple[LinkGroup, ...] = ()
    phone: tuple[Link, ...] = ()
    foot: tuple[Link, ...] = ()
    new: tuple[Link, ...] = ()
    help: tuple[Link, ...] = ()
    mine: tuple[Link, ...] = ()
    banners: tuple[Banner, ...] = ()
    user_name: str = ""
    user_key: int = 0
    search_url: str = ""
    sign_out_url: str = ""
    theme_url: str = ""
    bell_url: str = ""
    bell_count: str = ""

    @property
    def drawn(self) -> frozenset[str]:
        """The icons of the rail, which other menus repeat."""
        return frozenset(link.icon for group in self.nav for link in group.links)

    @property
    def words(self) -> dict[str, str]:
        return script_words()


def shell(request: HttpRequest) -> dict[str, Any]:
    """The context processor. A function, which templates call, so that fragments, which have no shell, cost nothing."""
    return {"shell": cache(lambda: _shell(request))}


def _shell(request: HttpRequest) -> Shell:
    workspace = current_workspace()
    outside = Shell(
        frame="bare.html",
        workspace="" if workspace._state.adding else workspace.name,
        theme=_theme(request.COOKIES.get(THEME_COOKIE, "")),
        is_rail_folded=request.COOKIES.get(RAIL_COOKIE) == "folded",
    )
    user = getattr(request, "user", None)
    return _inside(outside, user, request.path) if isinstance(user, User) else outside


def _inside(outside: Shell, user: User, path: str) -> Shell:
    nav = _nav(user, path)
    bell = next(iter(bells), None)
    return replace(
        outside,
        frame="base.html",
        theme=_theme(user.theme),
        has_shortcuts=user.has_single_key_shortcuts,
        nav=(LinkGroup("", tuple(link for link, _item in nav)),),
        phone=tuple(link for link, item in nav if item.on_phone)[:4],
        foot=_foot(user),
        new=_new(user),
        help=_links([(_("Demo business"), "crm:demo", "sparkles")]) if allows(user, Can.SET_UP) else (),
        mine=_links([(_("Your profile"), "crm:profile", "user-circle")]),
        banners=tuple(banner for source in page_banners for banner in source.find(user)),
        user_name=str(user),
        user_key=user.pk,
        search_url=address("crm:search"),
        sign_out_url=address("crm:sign-out"),
        bell_url=address(bell.url_name) if bell else "",
        bell_count=str(bell.count(user) or "") if bell else "",
        theme_url=address("crm:switch-theme"),
    )


def script_words() -> dict[str, str]:
    """What the scripts say, in the reader's language."""
    return {
        "undo": _("Undo"),
        "anywhere": _("Anywhere"),
        "lists": _("Lists"),
        "inbox": _("Inbox"),
        "writeAnswer": _("Write an answer"),
        "writeNote": _("Write an internal note"),
        "sendIt": _("Send what is written"),
        "board": _("Board"),
        "nextRow": _("Next row"),
        "previousRow": _("Previous row"),
        "selectRow": _("Select the row"),
        "peek": _("Look at the row without leaving the list"),
        "palette": _("Search and commands"),
        "close": _("Close"),
        "moveCard": _("Move to another stage"),
        "walkCards": _("Walk from card to card"),
        "openTask": _("Open the task"),
        "snoozeTask": _("Put the task off by a day"),
        "selected": _("%s selected"),
        "results": _("%s results"),
        "forbidden": _("Your role does not allow this. The owner or a manager can change your role."),
        "gone": _("This is no longer there. Reload the page to see what is."),
        "stale": _("This page was open for too long. Reload it and try again."),
        "tooMuch": _("Too many tries. Wait a minute and try again."),
        "tooLarge": _("The file is too large."),
        "failed": _("Something went wrong on our side, and nothing was saved. Try again in a minute."),
        "offline": _("No connection. Nothing was saved; try again when you are back online."),
        "moveFailed": _("The deal is back where it was: the move could not be saved."),
        "tileFailed": _("The tile is back where it was: the change could not be saved."),
        "panelFailed": _("This part did not load."),
        "retry": _("Try again"),
        "copied": _("Copied"),
        "undone": _("Undone"),
    }


def _theme(theme: str) -> str:
    return theme if theme in ("light", "dark") else ""


def _nav(user: User, path: str) -> list[tuple[Link, NavItem]]:
    items = sorted(nav_items, key=lambda item: item.position)
    allowed = [item for item in items if item.capability is None or allows(user, item.capability)]
    found = [(item, url) for item in allowed if (url := address(item.url_name))]
    here = max((url for _item, url in found if path.startswith(url)), key=len, default="")
    return [
        (
            Link(
                label=str(item.label),
                url=url,
                icon=item.icon,
                badge=_badge(item, user),
                key=KEYS.get(item.key, ""),
                is_current=url == here,
            ),
            item,
        )
        for item, url in found
    ]


def _badge(item: NavItem, user: User) -> str:
    waiting = item.badge(user) if item.badge else 0
    return f"{waiting:,}" if 0 < waiting < 1000 else "999+" if waiting else ""


def _foot(user: User) -> tuple[Link, ...]:
    return _links([(_("Settings"), "admin:index", "cog-6-tooth")]) if allows(user, Can.SET_UP) else ()


def _new(user: User) -> tuple[Link, ...]:
    items = sorted(new_items, key=lambda item: item.position)
    return _links([(i.label, i.url_name, i.icon) for i in items if i.capability is None or allows(user, i.capability)])


def _links(entries: list[tuple[_StrOrPromise, str, str]]) -> tuple[Link, ...]:
    return tuple(Link(str(label), url, icon) for label, name, icon in entries if (url := address(name)))
