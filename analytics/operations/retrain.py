"""One retraining from end to end: of each subject read what is known, train, choose, score everybody anew."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from datetime import date
from functools import partial
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog
from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from analytics.cluster_words import cluster_problem
from analytics.learning import Subject, all_tasks, subjects
from analytics.loading import CantServeError, folder_of, models_folder
from analytics.models import ModelVersion, TrainingRun
from analytics.queries.clock import ShopClock, read_clock
from analytics.queries.protected import protected_on_card

from .child import Crew, TrainingFailedError
from .forecasts import forecast_sales
from .metrics import count_metrics_soon
from .recommending import Recommending, last_recommended
from .registry import champions, promote_version, prune_versions, register_version
from .rehearsals import keep_rehearsals
from .runs import (
    ALL,
    SCORES_ALONE,
    LostLeaseError,
    claim_run,
    fail_run,
    finish_run,
    is_large,
    note_progress,
    note_report,
)
from .sales import recount_all_months, recount_unknown_months
from .watch import rests, watch_model
from .wishes import forget_unwilling

log = structlog.get_logger(__name__)

AT_ONCE = 2  # trainings: as many as the smallest machine has cores, and memory for
WORK = ".work-"
RECOMMEND = "recommend"


def run_training(run_id: int) -> TrainingRun | None:
    """Do what this run asks for, from where it was stopped; None if another worker has it or took it over."""
    run = claim_run(run_id)
    if run is None:
        return None
    try:
        _run_or_say_why_not(run)
    except LostLeaseError:
        log.warning("training_taken_over", run_id=run.pk)
        return None
    return run


def _run_or_say_why_not(run: TrainingRun) -> None:
    try:
        _run(run)
    except OSError as error:
        fail_run(run, _("A file could not be written: %(why)s. What was learned before stays in use.") % {"why": error})


def _run(run: TrainingRun) -> None:
    reads = partial(note_progress, run, step="read")
    reads()
    forget_unwilling()
    recount_unknown_months(alive=reads)  # the clock sees long pauses in them; all are counted beside the trainings
    clock = read_clock()
    note_report(run, as_of=clock.as_of.isoformat())
    _watch(run, clock)
    taken = [subject for subject in subjects if _tasks(run, subject) or run.task == SCORES_ALONE]
    with _work_folder() as work, ExitStack() as block:
        recommending = None
        if run.task in (ALL, SCORES_ALONE):
            recommending = block.enter_context(Recommending(clock, _folder(work, RECOMMEND)))
        read = partial(_read, run, recommending)
        for number, subject in enumerate(taken):
            folder = _folder(work, subject.key)
            _learn_all(run, subject, clock, folder, meanwhile=_nothing if number else read)
            if recommending is not None and not number:  # customers' models need the most memory: not beside them
                recommending.learn()
            subject.work.rescore(run, clock, folder)
        note_progress(run, step="forecast")
        note_report(run, forecasts=forecast_sales(clock))
        if recommending is not None:
            note_progress(run, step=RECOMMEND)
            note_report(run, recommend=recommending.write(partial(_alive, run, RECOMMEND)))
    count_metrics_soon()
    prune_versions()
    found = run.report.get("tasks", {}).values()
    problems = [result["problem"] for result in found if result.get("problem")]
    if problems and len(problems) == len(found):
        fail_run(run, problems[0])
    else:
        finish_run(run)


def _watch(run: TrainingRun, clock: ShopClock) -> None:
    """Each model in use is judged by what came before anything is learned, so that the better one is challenged."""
    for task in all_tasks():
        if task not in run.report.get("watched", {}):
            note_progress(run, step="watch")
            note_report(run, watched={**run.report.get("watched", {}), task: watch_model(task, clock)})


def _read(run: TrainingRun, recommending: Recommending | None) -> None:
    """What is asked of the database alone: all months, and what was bought."""
    reads = partial(note_progress, run, step="read")
    recount_all_months(alive=reads)
    if recommending is not None:
        recommending.gather(_recommended_last(run), alive=reads)


def _recommended_last(run: TrainingRun) -> date | None:
    """Since when it has been somebody's turn, in a night of a large shop; else None, and everybody is asked for."""
    return last_recommended() if run.task == ALL and is_large(run) else None


def _tasks(run: TrainingRun, subject: Subject) -> list[str]:
    """A run of "value" learns both horizons; one of scores alone learns nothing."""
    return [task for task in subject.tasks if run.task in (ALL, task, task.partition("_")[0])]


def _learn_all(
    run: TrainingRun, subject: Subject, clock: ShopClock, work: Path, *, meanwhile: Callable[[], object]
) -> None:
    """Gather what is known about one subject, and learn its tasks that were not learned before the run was stopped.
    `meanwhile` is done here while they are learned on the other core."""
    is_enough = subject.work.gather(run, clock, work)
    left = [task for task in _tasks(run, subject) if task not in run.report.get("tasks", {})]
    requests = (_request(run, subject, task, clock, work) for task in left if is_enough)
    with Crew(requests, work, at_once=1 if settings.DASK_SCHEDULER else AT_ONCE) as crew:
        meanwhile()
        for request, result in crew.results(partial(_alive, run)):
            _note_task(run, request["task"], _outcome(run, request, result))
    for task in left if not is_enough else ():
        _note_task(run, task, {"decision": "too_little"})


def _note_task(run: TrainingRun, task: str, found: dict[str, Any]) -> None:
    note_report(run, tasks={**run.report.get("tasks", {}), task: found})


def _nothing() -> None:
    """Nothing else is to do."""


def _folder(work: Path, name: str) -> Path:
    folder = work / name
    folder.mkdir()
    return folder


class _work_folder(tempfile.TemporaryDirectory[str]):  # noqa: N801 (used as a context manager)
    """A folder beside the models; what a killed run left behind goes first."""

    def __init__(self) -> None:
        models_folder().mkdir(parents=True, exist_ok=True)
        for left in models_folder().glob(f"{WORK}*"):
            shutil.rmtree(left, ignore_errors=True)
        super().__init__(prefix=WORK, dir=models_folder(), ignore_cleanup_errors=True)

    def __enter__(self) -> Path:  # type: ignore[override]
        return Path(super().__enter__())


def _request(run: TrainingRun, subject: Subject, task: str, clock: ShopClock, work: Path) -> dict[str, Any]:
    """What a child is asked, to train one task."""
    serving = champions(task).get(task)
    folder = f"{task}-{uuid4().hex[:12]}"
    return {
        **subject.work.request(task, clock),
        "task": task,
        "job": subject.work.JOB,
        "parts": str(work),
        "held": str(work / f"held-{task}.npz"),
        "folder": str(models_folder() / folder),
        "champion": str(folder_of(serving.version)) if serving else None,
        "scheduler": _scheduler(run),
    }


def _outcome(
    run: TrainingRun, request: Mapping[str, Any], result: dict[str, Any] | TrainingFailedError
) -> dict[str, Any]:
    """Enter the version, put it in use if it is better; what came of it, for the report."""
    task = request["task"]
    try:
        if isinstance(result, TrainingFailedError):
            raise result
        _tell_cluster(task, result)
        with transaction.atomic():
            _alive(run, task, "choose", 1)  # holds the run: whoever forgets all that was learned waits, or went first
            serving = champions(task).get(task)
            return _decide(run, request, result, serving.version if serving else None)
    except (TrainingFailedError, CantServeError) as error:
        log.error("training_failed", task=task, reason=str(error))
        return {"decision": "failed", "problem": str(error)}


def _scheduler(run: TrainingRun) -> str:
    """The cluster that helps, unless it has failed before in this run: waiting for it once a night is enough."""
    return "" if cluster_problem(run.report) else settings.DASK_SCHEDULER


def _tell_cluster(task: str, result: Mapping[str, Any]) -> None:
    if "why" in (result.get("cluster") or {}):
        log.warning("cluster_did_not_help", task=task, **result["cluster"])


def _alive(run: TrainingRun, task: str, stage: str, share: float) -> None:
    note_progress(run, step=f"{task}.{stage}", done=round(100 * share), total=100)


def _decide(
    run: TrainingRun, request: Mapping[str, Any], result: dict[str, Any], serving: ModelVersion | None
) -> dict[str, Any]:
    if not result["is_saved"]:
        return {"decision": "too_little", **result}
    task, folder = request["task"], Path(request["folder"]).name
    card = _card_of(folder) | {"training": result, "protected": protected_on_card(task)}
    version = register_version(task=task, folder=folder, card=card, run_id=run.pk)
    decision = _held_back(task, serving) or decide(result, has_champion=serving is not None)
    if decision == "promoted":
        promote_version(version=version, actor=run.asked_by)
        keep_rehearsals(version, Path(request["held"]))
    return {"decision": decision, "version": version.number, **result}


def _held_back(task: str, serving: ModelVersion | None) -> str:
    """Why nothing new is put in use tonight, if so: a manager froze the one in use, or one was just sent back."""
    if serving is not None and ModelVersion.objects.filter(pk=serving.pk).exclude(frozen_at=None).exists():
        return "frozen"
    return "rests" if rests(task) else ""


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
