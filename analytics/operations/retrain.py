"""One retraining from end to end: read the customer-days, train, choose, score everybody, keep the ledger."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from django.utils.translation import gettext as _

from analytics.ml.features import build_features
from analytics.ml.ladder import Sufficiency
from analytics.ml.purchases import day_number
from analytics.models import ModelVersion, ScoredTask, TrainingRun
from analytics.queries.clock import ShopClock, read_clock
from analytics.queries.frames import purchases_in_chunks
from analytics.trainer import save_part

from .child import TrainingFailedError, train_in_child
from .judging import HORIZONS
from .registry import (
    ML_TASKS,
    CantServeError,
    champions,
    folder_of,
    models_folder,
    promote_version,
    prune_versions,
    register_version,
)
from .rescoring import rescore_everybody
from .runs import LostLeaseError, claim_run, fail_run, finish_run, note_progress, note_report
from .sales import recount_all_months

log = structlog.get_logger(__name__)

WORK = ".work-"


def run_training(run_id: int) -> TrainingRun | None:
    """Do what this run asks for, from where it was stopped; None if another worker has it or took it over."""
    run = claim_run(run_id)
    if run is None:
        return None
    try:
        _run(run)
    except LostLeaseError:
        log.warning("training_taken_over", run_id=run.pk)
        return None
    except OSError as error:
        fail_run(run, _("A file could not be written: %(why)s. The models of before stay in use.") % {"why": error})
    return run


def _run(run: TrainingRun) -> None:
    with _work_folder() as work:
        note_progress(run, step="read")
        recount_all_months()
        clock = read_clock()
        sufficiency = _read(run, clock, work)
        note_report(run, as_of=clock.as_of.isoformat(), sufficiency=sufficiency)
        for task in _tasks(run):
            if task not in run.report.get("tasks", {}):
                _learn(run, clock, work, task)
        rescore_everybody(run, clock, work)
    prune_versions()
    found = run.report.get("tasks", {}).values()
    problems = [result["problem"] for result in found if result.get("problem")]
    if problems and len(problems) == len(found):
        fail_run(run, problems[0])
    else:
        finish_run(run)


class _work_folder(tempfile.TemporaryDirectory[str]):  # noqa: N801 (used as a context manager)
    """A folder beside the models; what a killed run left behind goes first."""

    def __init__(self) -> None:
        models_folder().mkdir(parents=True, exist_ok=True)
        for left in models_folder().glob(f"{WORK}*"):
            shutil.rmtree(left, ignore_errors=True)
        super().__init__(prefix=WORK, dir=models_folder(), ignore_cleanup_errors=True)

    def __enter__(self) -> Path:  # type: ignore[override]
        return Path(super().__enter__())


def _tasks(run: TrainingRun) -> list[str]:
    """A run of "value" learns both horizons; one of scores alone learns nothing."""
    return [task for task in ScoredTask.values if run.task in ("all", task, task.partition("_")[0])]


def _read(run: TrainingRun, clock: ShopClock, work: Path) -> dict[str, Any]:
    """Write everybody's customer-days to the work folder; returns how much there is to learn from."""
    customers = repeat = history = 0
    for number, part in enumerate(purchases_in_chunks(clock, before=clock.as_of)):
        save_part(part, work / f"part-{number:05d}.npz")
        found = Sufficiency.of(build_features(part, day_number(clock.known_until)))
        customers, repeat = customers + found.customers, repeat + found.repeat_buyers
        history = max(history, found.history_days)
        note_progress(run, step="read", done=customers)
    whole = Sufficiency(customers, repeat, history)
    return {
        "customers": customers, "repeat_buyers": repeat, "history_days": history, "is_enough": whole.is_enough,
        "needed_customers": whole.needed_customers, "needed_repeat_buyers": whole.needed_repeat_buyers,
    }  # fmt: skip


def _learn(run: TrainingRun, clock: ShopClock, work: Path, task: str) -> None:
    """Train one task, enter the version, put it in use if it is better; note in the report what came of it."""
    if not run.report["sufficiency"]["is_enough"]:
        note_report(run, tasks={**run.report.get("tasks", {}), task: {"decision": "too_little"}})
        return
    serving = champions(task).get(task)
    folder = f"{task}-{uuid4().hex[:12]}"
    request = {
        "task": ML_TASKS[task],
        "parts": str(work),
        "as_of": day_number(clock.known_until),
        "horizon_days": None if task == ScoredTask.CHURN else HORIZONS[task],
        "folder": str(models_folder() / folder),
        "champion": str(folder_of(serving.version)) if serving else None,
    }
    try:
        result = train_in_child(request, work=work, alive=lambda stage, share: _alive(run, task, stage, share))
        found = _decide(run, task, folder, result, serving.version if serving else None)
    except (TrainingFailedError, CantServeError) as error:
        log.error("training_failed", task=task, reason=str(error))
        found = {"decision": "failed", "problem": str(error)}
    note_report(run, tasks={**run.report.get("tasks", {}), task: found})


def _alive(run: TrainingRun, task: str, stage: str, share: float) -> None:
    note_progress(run, step=f"{task}.{stage}", done=round(100 * share), total=100)


def _decide(
    run: TrainingRun, task: str, folder: str, result: dict[str, Any], serving: ModelVersion | None
) -> dict[str, Any]:
    if not result["is_saved"]:
        return {"decision": "too_little", **result}
    card = _card_of(folder) | {"training": result}
    version = register_version(task=task, folder=folder, card=card, run_id=run.pk)
    decision = decide(result, has_champion=serving is not None)
    if decision == "promoted":
        promote_version(version=version, actor=run.asked_by)
    return {"decision": decision, "version": version.number, **result}


def decide(result: dict[str, Any], *, has_champion: bool) -> str:
    """What becomes of a trained model: "promoted", "kept" (the one in use is not worse) or "no_better" than simple
    methods. The challenger must win by more than noise; where the two can't be compared the newer data wins."""
    if not result["is_servable"]:
        return "no_better"
    gain = result["gain"]
    is_better = gain is None or gain["low"] > 0
    return "promoted" if is_better or not has_champion else "kept"


def _card_of(folder: str) -> dict[str, Any]:
    from analytics.ml.artefact import ArtefactError, read_artefact

    try:
        return read_artefact(models_folder() / folder)[1]
    except ArtefactError as error:
        raise TrainingFailedError(str(error)) from error
