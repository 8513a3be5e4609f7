"""Writes of deals: open, change, move over the board, win, lose."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Min, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.events import record_event
from crm.models import Deal, DealPerson, Person, Pipeline, Stage, StageChange, User
from crm.search import fold

from .editing import check_custom, is_there, locked, plain, take_over

DEAL_FIELDS = frozenset(
    "title person company amount currency rate probability expected_close_on next_step lead_source lost_reason "
    "owner team custom source external_id".split()
)
GAP = 1024.0  # between neighbours on the board, so that a card can go between two without renumbering
CLOSEST = 1e-6
REGRET = timedelta(hours=1)  # how long a move can be taken back


class LostReasonMissingError(ValueError):
    """A deal is lost for a reason: the models learn from it."""


class NothingToUndoError(ValueError):
    """The deal was not moved lately by this user, or it has been moved again since."""


@transaction.atomic
def create_deal(*, actor: User | None, title: str, stage: Stage, currency: str, **fields: Any) -> Deal:
    """A new deal at the top of its stage. Records `deal.created`."""
    deal = Deal(title=title.strip(), stage=stage, currency=currency, position=_top(stage))
    _edit(deal, fields)
    deal.closed_at = timezone.now() if stage.kind != Stage.Kind.OPEN else None
    deal.search_text = deal_search_text(deal)
    deal.save()
    StageChange.objects.create(deal=deal, to_stage=stage, actor=actor, amount=deal.amount)
    record_event(
        kind="deal.created", subject=deal, actor=actor, data={"title": deal.title, "amount": plain(deal.amount)}
    )
    return deal


@transaction.atomic
def update_deal(*, deal: Deal, actor: User | None, version: int | None = None, **changes: Any) -> Deal:
    """Change a deal, but not its stage. Records `deal.changed`. Raises EditConflictError."""
    deal = locked(deal, version)
    changed = _edit(deal, changes)
    if not changed:
        return deal
    deal.version += 1
    deal.search_text = deal_search_text(deal)
    deal.save()
    record_event(kind="deal.changed", subject=deal, actor=actor, data={"changed": changed})
    return deal


@transaction.atomic
def move_deal(
    *,
    deal: Deal,
    stage: Stage,
    actor: User | None,
    before: Deal | None = None,
    after: Deal | None = None,
    version: int | None = None,
    lost_reason: str = "",
    amount: Decimal | None = None,
    closed_on: date | None = None,
) -> Deal:
    """Put a deal into a stage: above `before`, below `after`, or at the top; within its stage this only reorders.

    `amount` and `closed_on` settle what was sold and when; they count only where the deal is won or lost.
    Records `deal.stage_changed`, and `deal.won`, `deal.lost` or `deal.reopened` with it.
    Raises EditConflictError, LostReasonMissingError.
    """
    deal = locked(deal, version)
    old = deal.stage
    if stage.kind == Stage.Kind.LOST and old.pk != stage.pk and not lost_reason.strip():
        raise LostReasonMissingError(_("Say in a few words why this deal was lost."))
    deal.position = _place(deal, stage, before, after)
    if old.pk == stage.pk:
        deal.save(update_fields=["position"])
        return deal
    if amount is not None and stage.kind != Stage.Kind.OPEN:
        deal.amount = amount
    now = timezone.now()
    deal.stage, deal.stage_entered_at, deal.version = stage, now, deal.version + 1
    deal.closed_at = _closing_moment(closed_on, now) if stage.kind != Stage.Kind.OPEN else None
    deal.lost_reason = lost_reason.strip()[:200] if stage.kind == Stage.Kind.LOST else ""
    deal.save()
    StageChange.objects.create(deal=deal, from_stage=old, to_stage=stage, actor=actor, amount=deal.amount, at=now)
    _record_move(deal, old, stage, actor)
    return deal


@transaction.atomic
def follow_stage_kinds(pipeline: Pipeline) -> None:
    """After the kinds of stages were changed: deals in open ones are open again, those in the others closed."""
    deals = Deal.objects.filter(stage__pipeline=pipeline)
    is_open = Q(stage__kind=Stage.Kind.OPEN)
    deals.filter(is_open, closed_at__isnull=False).update(closed_at=None)
    deals.filter(~is_open, closed_at=None).update(closed_at=timezone.now())


def undo_move(*, deal: Deal, actor: User) -> Deal:
    """Take the last move back within an hour; the history keeps both moves. Raises NothingToUndoError."""
    last = deal.stage_changes.select_related("from_stage").order_by("-at", "-pk").first()
    is_mine = last is not None and last.actor_id == actor.pk and timezone.now() - last.at < REGRET
    if last is None or not is_mine or last.from_stage is None or last.to_stage_id != deal.stage_id:
        raise NothingToUndoError(_("This deal has been moved again since."))
    return move_deal(deal=deal, stage=last.from_stage, actor=actor, lost_reason=_last_reason(deal))


def _last_reason(deal: Deal) -> str:
    """Why it was lost before: a deal keeps its reason only while it is lost, the event log for good."""
    lost = deal.events.filter(kind="deal.lost").order_by("-at", "-pk").first()
    return str(lost.data.get("reason") or "") if lost else ""


def _closing_moment(closed_on: date | None, now: datetime) -> datetime:
    """Noon of a past day in the user's zone; today is now."""
    if closed_on is None or closed_on >= timezone.localdate(now):
        return now
    return timezone.make_aware(datetime.combine(closed_on, time(12)))


def _record_move(deal: Deal, old: Stage, new: Stage, actor: User | None) -> None:
    data = {"from": old.name, "to": new.name, "title": deal.title, "amount": plain(deal.amount)}
    record_event(kind="deal.stage_changed", subject=deal, actor=actor, data={**data, "to_stage_id": new.pk})
    outcome = {Stage.Kind.WON: "deal.won", Stage.Kind.LOST: "deal.lost"}.get(Stage.Kind(new.kind))
    if outcome is None and old.kind != Stage.Kind.OPEN:
        outcome = "deal.reopened"
    if outcome is not None:
        record_event(kind=outcome, subject=deal, actor=actor, data={**data, "reason": deal.lost_reason})


@transaction.atomic
def add_deal_person(*, deal: Deal, person: Person, actor: User | None, role: str = "") -> DealPerson:
    """One more person on a deal, besides its main one. Idempotent but for the role. Records `deal.changed`."""
    row, is_new = DealPerson.objects.update_or_create(deal=deal, person=person, defaults={"role": role.strip()[:100]})
    if is_new:
        record_event(kind="deal.changed", subject=deal, actor=actor, data={"changed": {"people": ["", person.name]}})
    return row


@transaction.atomic
def remove_deal_person(*, row: DealPerson, actor: User | None) -> None:
    """Take a person off a deal. Records `deal.changed`."""
    record_event(
        kind="deal.changed", subject=row.deal, actor=actor, data={"changed": {"people": [row.person.name, ""]}}
    )
    row.delete()


@transaction.atomic
def delete_deal(*, deal: Deal, actor: User | None) -> None:
    """Delete a deal with its history. Records `deal.deleted`."""
    if not is_there(deal):
        return
    record_event(
        kind="deal.deleted", subject=deal, person=deal.person, company=deal.company, actor=actor,
        data={"title": deal.title}, is_farewell=True,
    )  # fmt: skip
    deal.delete()


def _edit(deal: Deal, changes: dict[str, Any]) -> dict[str, list[Any]]:
    if "custom" in changes:
        changes = {**changes, "custom": check_custom("deal", changes["custom"], deal.custom)}
    return take_over(deal, changes, DEAL_FIELDS)


def deal_search_text(deal: Deal) -> str:
    """What full-text search finds a deal by."""
    names = [deal.title, deal.external_id]
    names += [str(record.name) for record in (deal.person, deal.company) if record is not None]
    return fold(" ".join(names))[:2000]


def _place(deal: Deal, stage: Stage, before: Deal | None, after: Deal | None) -> float:
    """The position between the two neighbours that the user saw; at the top where they are gone meanwhile."""
    if before is not None and before.pk != deal.pk and before.stage_id == stage.pk:
        return _above(before, deal)
    if after is not None and after.pk != deal.pk and after.stage_id == stage.pk:
        following = _others(deal, stage).filter(_below(after)).order_by("position", "pk").first()
        return after.position + GAP if following is None else _above(following, deal)
    return _top(stage)


def _others(deal: Deal, stage: Stage) -> QuerySet[Deal]:
    return Deal.objects.filter(stage=stage).exclude(pk=deal.pk)


def _below(neighbour: Deal) -> Q:
    return Q(position__gt=neighbour.position) | Q(position=neighbour.position, pk__gt=neighbour.pk)


def _top(stage: Stage) -> float:
    highest: float | None = stage.deals.aggregate(first=Min("position"))["first"]
    return 0.0 if highest is None else highest - GAP


def _above(neighbour: Deal, deal: Deal) -> float:
    """A position just above `neighbour`; what lies above it moves up when the gap has become too small."""
    is_above = Q(position__lt=neighbour.position) | Q(position=neighbour.position, pk__lt=neighbour.pk)
    above = _others(deal, neighbour.stage).filter(is_above)
    upper = above.order_by("position", "pk").values_list("position", flat=True).last()
    if upper is None:
        return neighbour.position - GAP
    if neighbour.position - upper <= CLOSEST:
        above.update(position=F("position") - GAP)
        upper -= GAP
    return (upper + neighbour.position) / 2
