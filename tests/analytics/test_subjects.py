"""Every subject of learning does what the nightly run asks of it."""

from __future__ import annotations

import pytest

from analytics.learning import Subject, SubjectWork, subjects
from analytics.operations import contracts, customers, leads, win

# The types are checked here (mypy): a module that lacks a function, or takes other arguments, does not fit.
WORKS: list[SubjectWork] = [contracts, customers, leads, win]
ASKED = ("gather", "request", "load", "recall", "moved", "rescore")


def test_every_registered_subject_is_among_the_checked_ones() -> None:
    assert {id(subject.work) for subject in subjects} == {id(work) for work in WORKS}


@pytest.mark.parametrize("subject", list(subjects), ids=lambda subject: subject.key)
def test_a_subject_names_a_job_and_does_all_that_is_asked(subject: Subject) -> None:
    assert subject.work.JOB
    assert all(callable(getattr(subject.work, name)) for name in ASKED)
