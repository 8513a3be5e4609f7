"""Writes of deals: open, change, move over the board, win, lose."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Max, Min
from django.utils import timezone
from django.utils.translation import gettext as _

from crm.events import record_event
from crm.models import Deal, Stage, StageChange, User
from crm.search import fold

from .editing import check_custom, locked, plain, take_over

DEAL_FIELDS = frozenset(
    "title person company amount currency rate probability expected_close_on next_step lead_source lost_reason "
    "owner team custom source external_id".split()
)
GAP = 1024.0  # between neighbours on the board, so that a card can go between two without renumbering
CLOSEST = 1e-6


class LostReasonMissingError(ValueError):
    """A deal is lost for a reason: the models learn from it."""


@transaction.atomic
def create_deal(*, actor: User | None, title: str, stage: Stage, currency: str, **fields: Any) -> Deal:
    """A new deal at the top of its stage. Records `deal.created`."""
    deal = Deal(title=title.strip(), stage=stage, currency=currency, position=_top(stage))
    _edit(deal, fields)
    deal.closed_at = timezone.now() if stage.kind != Stage.Kind.OPEN else None
    deal.search_text = _search_text(deal)
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
    deal.search_text = _search_text(deal)
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
    version: int | None = None,
    lost_reason: str = "",
) -> Deal:
    """Put a deal into a stage, above `before` or at the top; within its stage this only reorders.

    Records `deal.stage_changed`, and `deal.won`, `deal.lost` or `deal.reopened` with it.
    Raises EditConflictError, LostReasonMissingError.
    """
    deal = locked(deal, version)
    old = deal.stage
    if stage.kind == Stage.Kind.LOST and old.pk != stage.pk and not lost_reason.strip():
        raise LostReasonMissingError(_("Say in a few words why this deal was lost."))
    deal.position = _above(before, stage) if before else _top(stage)
    if old.pk == stage.pk:
        deal.save(update_fields=["position"])
        return deal
    now = timezone.now()
    deal.stage, deal.stage_entered_at, deal.version = stage, now, deal.version + 1
    deal.closed_at = now if stage.kind != Stage.Kind.OPEN else None
    deal.lost_reason = lost_reason.strip() if stage.kind == Stage.Kind.LOST else ""
    deal.save()
    StageChange.objects.create(deal=deal, from_stage=old, to_stage=stage, actor=actor, amount=deal.amount, at=now)
    _record_move(deal, old, stage, actor)
    return deal


def _record_move(deal: Deal, old: Stage, new: Stage, actor: User | None) -> None:
    data = {"from": old.name, "to": new.name, "title": deal.title, "amount": plain(deal.amount)}
    record_event(kind="deal.stage_changed", subject=deal, actor=actor, data={**data, "to_stage_id": new.pk})
    outcome = {Stage.Kind.WON: "deal.won", Stage.Kind.LOST: "deal.lost"}.get(Stage.Kind(new.kind))
    if outcome is None and old.kind != Stage.Kind.OPEN:
        outcome = "deal.reopened"
    if outcome is not None:
        record_event(kind=outcome, subject=deal, actor=actor, data={**data, "reason": deal.lost_reason})


@transaction.atomic
def delete_deal(*, deal: Deal, actor: User | None) -> None:
    """Delete a deal with its history. Records `deal.deleted`."""
    record_event(
        kind="deal.deleted", subject=deal, person=deal.person, company=deal.company, actor=actor,
        data={"title": deal.title}, is_farewell=True,
    )  # fmt: skip
    deal.delete()


def _edit(deal: Deal, changes: dict[str, Any]) -> dict[str, list[Any]]:
    if "custom" in changes:
        changes = {**changes, "custom": check_custom("deal", changes["custom"])}
    return take_over(deal, changes, DEAL_FIELDS)


def _search_text(deal: Deal) -> str:
    names = [deal.title, deal.external_id]
    names += [str(record.name) for record in (deal.person, deal.company) if record is not None]
    return fold(" ".join(names))[:2000]


def _top(stage: Stage) -> float:
    highest: float | None = stage.deals.aggregate(first=Min("position"))["first"]
    return 0.0 if highest is None else highest - GAP


def _above(before: Deal, stage: Stage) -> float:
    """A position just above `before`; the stage is renumbered when the gap has become too small."""
    if before.stage_id != stage.pk:
        return _top(stage)
    upper: float | None = stage.deals.filter(position__lt=before.position).aggregate(last=Max("position"))["last"]
    if upper is None:
        return before.position - GAP
    if before.position - upper > CLOSEST:
        return (upper + before.position) / 2
    for number, pk in enumerate(stage.deals.order_by("position", "pk").values_list("pk", flat=True)):
        Deal.objects.filter(pk=pk).update(position=number * GAP)
    before.refresh_from_db(fields=["position"])
    return before.position - GAP / 2
