"""Rows that a page repeats, drawn in Python: fifty of them are the larger part of what a list costs."""

from __future__ import annotations

from collections.abc import Sequence

from django import template
from django.db.models import Model
from django.utils import timezone
from django.utils.html import conditional_escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from crm import formats
from crm.addresses import address
from crm.models import Task
from crm.queries.deal_board import Card
from crm.queries.lists import Column, Listing, ListPage, Row
from crm.queries.tasks import TaskLine

from .ui import ago, clock, due, ground, icon

register = template.Library()

NOTHING = SafeString()
ROW = (
    '<tr><td class="table__select"><input type="checkbox" name="ids" value="{}" aria-label="{} {}"></td>'
    '<th class="table__main">{}<a href="{}" dir="auto">{}</a></th>{}</tr>\n'
)
CELL = "<td>"  # HTML ends a cell where the next begins: a full page is 3 kB lighter without the ends
TASK = (
    '<li class="{}" id="task-{}">{}<div class="task__body"><span class="task__title" dir="auto">{}</span>{}{}</div>'
    "{}{}</li>\n"
)
# Their form's buttons: they act in place, and without scripts by a page of their own.
TICK = (
    '<button class="tick" id="tick-{0}" formaction="{1}" hx-post="{1}" hx-target="closest li"'
    ' aria-pressed="{2}" aria-label="{3}"></button>'
)
SNOOZE = (
    '<button class="button button--quiet button--small" id="snooze-{0}" data-snooze formaction="{1}" hx-post="{1}"'
    ' hx-target="closest li" aria-label="{2}">{3}</button>'
)
CARD = (
    '<li class="deal-card{}" id="deal-{}" data-version="{}"{}><a href="{}">{}</a>{}<div><b>{}</b>{}{}{}</div>'
    '<div><span class="step step--{}">{}</span><small>{}</small></div>{}</li>\n'
)


@register.simple_tag
def list_rows(page: ListPage, listing: Listing) -> SafeString:
    """The rows of a list with their ticks. On a phone, where there are no heads, numbers say what they are."""
    select_word, opens = _("Select"), [_cell_open(column) for column in page.columns[1:]]
    return SafeString("".join([_list_row(row, listing, select_word, opens) for row in page.rows]))


def _cell_open(column: Column) -> str:
    is_labelled = column.is_number and not column.is_wide_only
    return format_html('<td data-label="{}">', column.label) if is_labelled else CELL


def _list_row(row: Row, listing: Listing, select_word: str, opens: Sequence[str]) -> SafeString:
    name = conditional_escape(row.name)
    avatar = _row_avatar(row, listing.avatar_class) if listing.has_avatar else NOTHING
    filled = zip(opens, row.cells, strict=True)
    cells = "".join([f"{open_}{conditional_escape(cell)}" if cell else CELL for open_, cell in filled])
    return SafeString(
        ROW.format(row.pk, conditional_escape(select_word), name, avatar, conditional_escape(row.url), name, cells)
    )


def _row_avatar(row: Row, avatar_class: str) -> SafeString:
    classes = f"avatar avatar--{ground(row.pk)} {avatar_class}".rstrip()
    return format_html('<i class="{}" aria-hidden="true">{}</i>', classes, formats.initials(row.name))


@register.simple_tag
def task_row(line: TaskLine, can_work: bool, has_owner: bool) -> SafeString:
    """One task as an item of a list inside a form; its tick stays in place so that it can be taken back."""
    task = line.task
    is_open = task.done_at is None
    return format_html(
        TASK,
        "task" if is_open else "task is-done",
        task.pk,
        _tick(task) if can_work else NOTHING,
        _task_title(task) if can_work else task.title,
        _task_record(line, line.record) if line.record else NOTHING,
        _task_time(task),
        _task_owner(task) if has_owner else NOTHING,
        _snooze(task) if can_work and is_open else NOTHING,
    )


def _tick(task: Task) -> SafeString:
    words = _("Done: %(title)s") % {"title": task.title}
    is_done = "false" if task.done_at is None else "true"
    return format_html(TICK, task.pk, address("crm:task-tick", task.pk), is_done, words)


def _task_title(task: Task) -> SafeString:
    url = address("crm:task-edit", task.pk)
    return format_html('<a id="open-{}" href="{}" data-dialog>{}</a>', task.pk, url, task.title)


def _task_record(line: TaskLine, record: Model) -> SafeString:
    url = address(line.url_name, record.pk)
    words = line.about or icon(line.icon, 16, line.record_name)
    return format_html('<a class="quiet-link" href="{}" dir="auto">{}</a>', url, words) if url else NOTHING


def _task_time(task: Task) -> SafeString:
    if task.done_at is not None:
        return format_html('<span class="task__due muted small">{}</span>', ago(task.done_at))
    if task.due_on is None:
        return NOTHING
    tone = "late" if task.due_on < timezone.localdate() else "muted"
    hour = format_html(", {}", clock(task.remind_at)) if task.remind_at else NOTHING
    return format_html('<span class="task__due small {}">{}{}</span>', tone, due(task.due_on), hour)


def _task_owner(task: Task) -> SafeString:
    return _small_avatar(task.owner.pk, str(task.owner)) if task.owner else NOTHING


def _small_avatar(key: int, name: str) -> SafeString:
    return format_html('<i class="avatar avatar--{}" title="{}">{}</i>', ground(key), name, formats.initials(name))


def _snooze(task: Task) -> SafeString:
    words = _("Put off by a day: %(title)s") % {"title": task.title}
    return format_html(SNOOZE, task.pk, address("crm:task-snooze", task.pk), words, _("+1 day"))


@register.simple_tag
def deal_card(card: Card, can_sell: bool, swap: str = "") -> SafeString:
    """A deal on the board; with `swap` it replaces the one that is there, out of band."""
    move = address("crm:deal-move", card.pk) if can_sell else ""
    return format_html(
        CARD,
        " is-rotting" if card.is_stale else "",
        card.pk,
        card.version,
        format_html(' hx-swap-oob="{}"', swap) if swap else NOTHING,
        address("crm:deal-detail", card.pk),
        card.title,
        format_html("<p>{}</p>", card.whose) if card.whose else NOTHING,
        card.amount,
        format_html('<em title="{}">{}</em>', _("Predicted chance"), card.chance) if card.chance else NOTHING,
        _closes(card) if card.closes else NOTHING,
        _small_avatar(card.owner_key, card.owner_name) if card.owner_key else NOTHING,
        card.step.tone,
        card.step.words,
        card.rests,
        format_html('<a data-dialog data-card-menu href="{}">{}</a>', move, _("Move")) if move else NOTHING,
    )


def _closes(card: Card) -> SafeString:
    late = SafeString(' class="late"') if card.is_close_late else NOTHING
    return format_html("<span{}>{}</span>", late, card.closes)
