"""Learning from customers: their customer-days, the models of churn and expected value, and everybody's scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date
from pathlib import Path
from typing import Any

from django.db.models import F

from analytics.ml.drift import moved_numbers
from analytics.ml.features import build_features
from analytics.ml.parts import part_files, save_part
from analytics.ml.purchases import Purchases, day_number
from analytics.ml.score import Scorer, load_scorer
from analytics.ml.survey import survey
from analytics.models import ScoredTask, TrainingRun
from analytics.queries.clock import ShopClock
from analytics.queries.frames import purchases_in_chunks, purchases_of
from crm.models import Person

from .judging import HORIZONS
from .rescoring import rescore_everybody
from .runs import note_progress, note_report

JOB = "analytics.ml.purchase_job"
CHUNK = 500
SAMPLE = 5_000
LEARNS: dict[str, str] = {ScoredTask.CHURN: "churn", ScoredTask.VALUE: "cltv", ScoredTask.VALUE_90: "cltv"}


def gather(run: TrainingRun, clock: ShopClock, work: Path) -> bool:
    """Everybody's customer-days, so many people in a file, and what these tell together."""
    customers = 0
    for number, part in enumerate(purchases_in_chunks(clock, before=clock.as_of)):
        save_part(part, work / f"part-{number:05d}.npz")
        customers += len(part)
        note_progress(run, step="read", done=customers)
    seen = survey(part_files(work), day_number(clock.known_until))
    seen.save(work)
    whole = seen.sufficiency
    note_report(run, sufficiency=asdict(whole) | {"is_enough": whole.is_enough})
    return whole.is_enough


def request(task: str, clock: ShopClock) -> Mapping[str, Any]:
    """Churn finds its horizon in the shop's own gaps."""
    return {
        "learns": LEARNS[task],
        "as_of": day_number(clock.known_until),
        "horizon_days": None if task == ScoredTask.CHURN else HORIZONS[task],
    }


def load(task: str, folder: Path) -> Scorer:
    """Network, card and schema, checked."""
    return load_scorer(folder, task=LEARNS[task])


def recall(task: str, scorer: Scorer | None, ids: Sequence[int], as_of: date, clock: ShopClock) -> Mapping[int, float]:
    """From the orders before that day; the rule of thumb is as much as in an equal stretch before."""
    found: dict[int, float] = {}
    for start in range(0, len(ids), CHUNK):
        purchases = purchases_of(clock, ids[start : start + CHUNK], before=as_of)
        features = build_features(purchases, day_number(as_of))
        said = scorer.predict(features) if scorer is not None else features.column(f"spend_{HORIZONS[task]}")
        found |= dict(zip(features.customer_ids.tolist(), said.tolist(), strict=True))
    return found


def moved(task: str, scorer: Scorer, clock: ShopClock) -> Mapping[str, float]:
    """Of an even sample of all customers."""
    buyers = Person.objects.filter(order_count__gt=0, no_profiling=False)
    last = buyers.order_by("-pk").values_list("pk", flat=True).first() or 0
    step = -(-last // SAMPLE) or 1
    ids = list(buyers.annotate(place=F("pk") % step).filter(place=0).values_list("pk", flat=True)[:SAMPLE])
    parts = [purchases_of(clock, ids[at : at + CHUNK], before=clock.known_until) for at in range(0, len(ids), CHUNK)]
    if not parts:
        return {}
    features = build_features(Purchases.joined(parts), day_number(clock.known_until))
    spreads = scorer.card.get("spread", {})
    return moved_numbers(spreads, {name: features.column(name) for name in spreads})


def rescore(run: TrainingRun, clock: ShopClock, work: Path) -> None:
    """From the customer-days that were gathered."""
    rescore_everybody(run, clock, work)
