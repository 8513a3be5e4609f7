"""Every night before learning: does each model in use keep its promise? If surely not, the last good one returns."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np
import structlog
from django.db import transaction
from django.db.models import Count, F, QuerySet
from django.utils import timezone

from analytics.learning import subject_of
from analytics.loading import CantServeError, load
from analytics.ml.inputs import logit, sigmoid
from analytics.ml.live import FEWEST_IN_WINDOW, Closed, Kind, Rivals, Verdict, enough, is_thin, judge
from analytics.ml.metrics import tenths
from analytics.ml.purchases import Floats
from analytics.models import WIN, DealPrediction, ModelVersion, Prediction
from analytics.queries.clock import ShopClock
from analytics.reasons import CHANCES
from crm.events import record_event

from .registry import champions, former_versions, put_back_in_use
from .win_ledger import RIPE

log = structlog.get_logger(__name__)

MOST_WINDOWS, MOST_ROWS = 6, 2_000  # of the ledger: the latest windows, and of each month an even sample
MOST_MONTHS = 24  # older ones say little about today
DECIDED = 0.8  # the share of a month's deals that must have ended: those that end soon are not like the others
MOST_FORMER = 3


@dataclass(frozen=True, eq=False)
class Month:
    """What was said on one day, and what came: ids, values as they were shown, outcomes.

    `window` is what it is counted in: months of few rows are counted together with the next ones.
    """

    as_of: date
    window: int
    ids: Sequence[int]
    said: Floats
    came: Floats


def watch_model(task: str, clock: ShopClock) -> str:
    """Judge the model in use for this task and do what follows; returns the verdict's word, or nothing without one.

    What follows: a level is fitted, or the version is sent back for the last good one or the rule of thumb, or, where
    it is frozen, managers are warned. Records `model.levelled`, `model.returned` or `model.warned`, each once.
    """
    champion = champions(task).get(task)
    if champion is None:
        return ""
    version = champion.version
    months = list(_months(version))
    verdict, former = _judged(version, months, clock)
    drift = subject_of(task).work.moved(task, champion.scorer, clock)
    with transaction.atomic():
        locked = ModelVersion.objects.select_for_update().get(pk=version.pk)
        if locked.state != ModelVersion.State.CHAMPION:
            return ""
        _follow(locked, verdict, former, months, drift, since=_since(task, clock))
    return verdict.word


def _judged(version: ModelVersion, months: Sequence[Month], clock: ShopClock) -> tuple[Verdict, ModelVersion | None]:
    """Against each former version in turn until one is found that may serve again."""
    kind: Kind = "chance" if version.task in CHANCES else "money"
    rows = _closed(version, months, kind)
    if is_thin(kind, rows):
        return judge(kind, rows, Rivals(np.zeros(len(rows)))), None
    rule, promise = _rule(version, months, clock), _promise(version)
    verdict = judge(kind, rows, Rivals(rule, promise), level=version.level)
    begun = months[0].as_of.isoformat()
    for former in former_versions(version.task)[:MOST_FORMER]:
        said = _recalled(former, months, clock) if former.card["as_of"] <= begun else None
        if said is None:
            continue
        against = judge(kind, rows, Rivals(rule, promise, said), level=version.level)
        if against.to_former:
            return against, former
    return verdict, None


# --- what is known ----------------------------------------------------------------------------------------------------


def _months(version: ModelVersion) -> Iterator[Month]:
    """The latest closed months of what this version said, the oldest first.

    As many as make six windows: a shop of ten open deals a month has a window of three months.
    """
    rows = _ledger(version)
    counted = rows.values("as_of").annotate(decided=Count("outcome"), told=Count("pk")).order_by("-as_of")
    ripe = [day for day in counted if day["decided"] >= DECIDED * day["told"]][:MOST_MONTHS]
    windows = _windows([day["decided"] for day in ripe])
    for day, window in reversed(list(zip(ripe, windows, strict=False))):
        found = rows.filter(as_of=day["as_of"]).exclude(outcome=None)
        thinned = _evenly(found, -(-day["decided"] // MOST_ROWS))
        name = "deal_id" if version.task == WIN else "person_id"
        columns = list(zip(*thinned.order_by(name).values_list(name, "value", "outcome"), strict=True))
        if columns:
            ids, said, came = columns
            yield Month(day["as_of"], window, ids, np.array(said, dtype=float), np.array(came, dtype=float))


def _windows(decided: Sequence[int]) -> list[int]:
    """In which window each month is counted, the newest first, up to the last window that is full.

    Months of too few rows are joined; what is left over at the end goes to the window before, so that none is lost.
    """
    found, window, rows = [], 0, 0
    for count in decided:
        if window == MOST_WINDOWS:
            break
        found.append(window)
        rows += count
        if rows >= FEWEST_IN_WINDOW:
            window, rows = window + 1, 0
    return [min(each, max(window - 1, 0)) for each in found]


def _ledger(version: ModelVersion) -> QuerySet[Any]:
    if version.task == WIN:
        return DealPrediction.objects.filter(model_version=version, as_of__lte=timezone.localdate() - RIPE)
    return Prediction.objects.filter(task=version.task, model_version=version)


def _evenly(rows: QuerySet[Any], step: int) -> QuerySet[Any]:
    return rows.annotate(place=F("pk") % step).filter(place=0) if step > 1 else rows


def _closed(version: ModelVersion, months: Sequence[Month], kind: Kind) -> Closed:
    """The rows with the level taken off again that was in force when they were said."""
    said = [_bare(kind, month.said, version.level_on(month.as_of.isoformat())) for month in months]
    rows = Closed(
        np.concatenate([np.array(month.ids, dtype=np.int64) for month in months]) if months else np.zeros(0, np.int64),
        np.repeat([month.window for month in months], [len(month.ids) for month in months]).astype(np.int64),
        np.concatenate(said) if months else np.zeros(0),
        np.concatenate([month.came for month in months]) if months else np.zeros(0),
    )
    return enough(rows)


def _bare(kind: Kind, said: Floats, level: float) -> Floats:
    if not level:
        return said
    return sigmoid(logit(said) - level) if kind == "chance" else said / float(np.exp(level))


def _promise(version: ModelVersion) -> float | None:
    """What its hold-out lost, where that was as long as what it foretells."""
    held = version.card.get("hold_out")
    if not held or int(held["horizon_days"]) != int(version.card["horizon_days"]):
        return None
    found = held["views"]["all"]["product"].get("brier" if version.task in CHANCES else "mae")
    return None if found is None else float(found)


def _rule(version: ModelVersion, months: Sequence[Month], clock: ShopClock) -> Floats:
    """What the simplest rule would have said: the same chance of everybody, or as much money as last time."""
    kept = _kept(months)
    if version.task in CHANCES:
        return np.full(sum(len(month.ids) for month in kept), base_rate(version))
    work = subject_of(version.task).work
    told = [work.recall(version.task, None, month.ids, month.as_of, clock) for month in kept]
    return _in_order(kept, told, np.concatenate([np.zeros(len(month.ids)) for month in kept]))


def _kept(months: Sequence[Month]) -> list[Month]:
    """Those that `enough` leaves."""
    rows = Counter[int]()
    for month in months:
        rows[month.window] += len(month.ids)
    return [month for month in months if rows[month.window] >= FEWEST_IN_WINDOW]


def base_rate(version: ModelVersion) -> float:
    """How often it was yes when the model was learned."""
    if "base_rate" in version.card:
        return float(version.card["base_rate"])
    tenths = (version.card.get("hold_out") or {}).get("tenths", [])
    rows = sum(tenth["customers"] for tenth in tenths)
    return sum(tenth["customers"] * tenth["actual"] for tenth in tenths) / rows if rows else 0.5


def _recalled(former: ModelVersion, months: Sequence[Month], clock: ShopClock) -> Floats | None:
    """What a former version would have said of the same on the same days; None where its files can't be opened."""
    try:
        scorer = load(former).scorer
    except CantServeError as error:
        log.warning("former_not_recalled", version=str(former), reason=str(error))
        return None
    kept = _kept(months)
    work = subject_of(former.task).work
    told = [work.recall(former.task, scorer, month.ids, month.as_of, clock) for month in kept]
    if sum(len(said) for said in told) < DECIDED * sum(len(month.ids) for month in kept):
        return None
    return _in_order(kept, told, np.concatenate([month.said for month in kept]))


def _in_order(months: Sequence[Month], told: Sequence[Mapping[int, float]], instead: Floats) -> Floats:
    """Row by row; who can't be recalled counts as the model said, and so decides nothing."""
    rows = [said.get(pk) for month, said in zip(months, told, strict=True) for pk in month.ids]
    return np.array([other if row is None else row for row, other in zip(rows, instead.tolist(), strict=True)])


# --- what follows -----------------------------------------------------------------------------------------------------


def _follow(
    version: ModelVersion,
    verdict: Verdict,
    former: ModelVersion | None,
    months: Sequence[Month],
    drift: Mapping[str, float],
    *,
    since: date,
) -> None:
    was = version.live
    until = months[-1].as_of.isoformat() if months else ""
    version.live = {
        **{name: value for name, value in asdict(verdict).items() if name not in ("level", "to_former")},
        **_flagged(version, months), "months": len(months), "tenths": _tenths(verdict, months),
        "at": timezone.localdate().isoformat(), "until": until, "drift": dict(list(drift.items())[:5]),
        "warned": was.get("warned", ""),
    }  # fmt: skip
    if verdict.word == "level" and version.frozen_at is None:
        version.levels = [*version.levels, [since.isoformat(), round(verdict.level, 4)]]
        _tell("model.levelled", version)
    elif verdict.word in ("bad", "level") and version.frozen_at is not None and version.live["warned"] != until:
        version.live["warned"] = until
        _tell("model.warned", version)
    version.save(update_fields=["live", "levels"])
    if verdict.word == "bad" and version.frozen_at is None:
        _send_back(version, former)


def _since(task: str, clock: ShopClock) -> date:
    """Today: what this night enters is said with the new level. Of people by the day of the shop, whose tomorrow the
    ledger is as of; of deals by the day of the ledger itself (see `ModelVersion.level_on`)."""
    is_of_shop = task != WIN and clock.is_live
    return clock.as_of - timedelta(days=1) if is_of_shop else timezone.localdate()


def _send_back(version: ModelVersion, former: ModelVersion | None) -> None:
    version.state, version.returned_at = ModelVersion.State.RETIRED, timezone.now()
    version.live["gave_way_to"] = former.number if former else 0
    version.save(update_fields=["state", "returned_at", "live"])
    _tell("model.returned", version, to=str(former) if former else "")
    if former is not None:
        put_back_in_use(former)


def _tell(kind: str, version: ModelVersion, **data: str) -> None:
    """Ids, names of versions and numbers: the words are made for each reader."""
    keys = ("rows", "windows", "months", "said", "came", "flagged", "hits")
    numbers = {name: round(float(version.live[name]), 4) for name in keys}
    record_event(kind=kind, subject=version, data={"name": str(version), "task": version.task, **numbers, **data})


def _flagged(version: ModelVersion, months: Sequence[Month]) -> dict[str, int]:
    """Of those at the top, as many as are twice as likely or among the best fifth, how many came true."""
    if not months:
        return {"flagged": 0, "hits": 0}
    said, came = (np.concatenate([getattr(month, name) for month in months]) for name in ("said", "came"))
    edge = max(0.5, base_rate(version)) if version.task in CHANCES else np.quantile(said, 0.8)
    top = said >= edge
    return {"flagged": int(top.sum()), "hits": int((came[top] > 0).sum())}


def _tenths(verdict: Verdict, months: Sequence[Month]) -> list[dict[str, float]]:
    """What was shown and what came, by tenths, for the picture; nothing while it is too early to tell."""
    if verdict.word == "thin":
        return []
    said, came = (np.concatenate([getattr(month, name) for month in months]) for name in ("said", "came"))
    return tenths(came, said)


# --- no flapping ------------------------------------------------------------------------------------------------------

REST = timedelta(days=30)


def rests(task: str) -> bool:
    """After a version was sent back the nights promote nothing for a month: what is learned from the same closed
    windows that misled it would mislead again. After that a challenger has windows that have closed since."""
    return ModelVersion.objects.filter(task=task, returned_at__gt=timezone.now() - REST).exists()
