"""Importing files: prepare a job, run it in the background with a lease, check it against the file, take it back."""

from .jobs import (
    ImportNotReadyError,
    JobSettings,
    ask_cancel,
    delete_draft,
    drop_files_of_everybody,
    due_jobs,
    prepare_job,
    profile_job,
    questions,
    set_up_job,
    start_job,
    tidy_up,
    wake_worker,
)
from .preview import Preview, preview_job
from .results import job_report, noted_rows, result_lines
from .undo import CannotUndoError, start_undo, undo_deadline
from .work import work_on

__all__ = [
    "CannotUndoError",
    "ImportNotReadyError",
    "JobSettings",
    "Preview",
    "ask_cancel",
    "delete_draft",
    "drop_files_of_everybody",
    "due_jobs",
    "job_report",
    "noted_rows",
    "prepare_job",
    "preview_job",
    "profile_job",
    "questions",
    "result_lines",
    "set_up_job",
    "start_job",
    "start_undo",
    "tidy_up",
    "undo_deadline",
    "wake_worker",
    "work_on",
]
