"""What is learned here: subjects, each with the module that does its work and the tasks learned from its data.

A subject is registered in `registrations.py`; the nightly run takes one after the other. See CONTRIBUTING, "A
prediction task".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, cast

from crm.extensions import Registry

if TYPE_CHECKING:
    from analytics.models import TrainingRun
    from analytics.queries.clock import ShopClock


class SubjectWork(Protocol):
    """What the module of a subject does. Only the run and the workers import it: it may need numpy and models."""

    JOB: str
    """The plain Python module that learns in a child process: `learn(request, say) -> result`.

    It reads what `gather` wrote into the folder request["parts"], saves what it learned into request["folder"], and
    compares it with the artefact in the folder request["champion"] (None without one). What the model said on its
    hold-out may go into the file request["held"]: columns ids (of people, or of deals where the task is about deals),
    predicted and actual. `say(stage, share)` tells
    how far it is. The result holds at least "is_saved", "is_servable" (nothing simple is really better), and "gain"
    ({"value", "low", "high"} against the champion, or None).
    """

    def gather(self, run: TrainingRun, clock: ShopClock, work: Path) -> bool:
        """Write what is known into the empty folder; returns whether that is enough to learn from.

        Notes in the run's report what there is and what is missing.
        """

    def request(self, task: str, clock: ShopClock) -> Mapping[str, Any]:
        """What the job has to know besides the folders."""

    def load(self, task: str, folder: Path) -> Any:
        """Open an artefact for serving; raises `analytics.ml.artefact.ArtefactError` in words."""

    def recall(self, task: str, scorer: Any, ids: Sequence[int], as_of: date, clock: ShopClock) -> Mapping[int, float]:
        """What this model would have said of these on that day, of whom anything was known then.

        Without a scorer what the simplest rule would have said, where that is more than one number for everybody.
        """

    def moved(self, task: str, scorer: Any, clock: ShopClock) -> Mapping[str, float]:
        """Which of the facts that the model reads have moved since it was learned, with how far, the farthest first."""

    def rescore(self, run: TrainingRun, clock: ShopClock, work: Path) -> None:
        """Everybody's scores by the models in use, and the ledger of what came true."""


@dataclass(frozen=True)
class Subject:
    """What is learned about: `tasks` are the models, by the names that they have in every table."""

    key: str
    tasks: tuple[str, ...]
    module: str

    @property
    def work(self) -> SubjectWork:
        """The module, imported when it is needed first."""
        return cast("SubjectWork", import_module(self.module))


subjects: Registry[Subject] = Registry("subjects of learning")


def all_tasks() -> list[str]:
    """Every task that can be learned."""
    return [task for subject in subjects for task in subject.tasks]


def subject_of(task: str) -> Subject:
    """The subject that this task is learned from; KeyError for a task of a plug-in that is gone."""
    return next(iter(_having(task)), None) or subjects[task]


def _having(task: str) -> Iterator[Subject]:
    return (subject for subject in subjects if task in subject.tasks)
