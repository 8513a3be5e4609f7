"""Trained models for the tests of the learning core, made once a run."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from threadpoolctl import threadpool_limits

from analytics.ml.purchases import Purchases
from analytics.ml.score import Scorer, load_scorer
from analytics.ml.training import Trained, train
from tests.analytics.ml.shops import shop

LARGE = shop(1100, days=420, seed=4)


@pytest.fixture(scope="session")
def purchases() -> Purchases:
    """A shop large enough for every rung of the ladder."""
    return LARGE


@pytest.fixture(scope="session")
def trained_churn() -> Trained:
    return train("churn", LARGE, as_of=LARGE.last_day + 1, horizon_days=60)


@pytest.fixture(scope="session")
def trained_value() -> Trained:
    return train("cltv", LARGE, as_of=LARGE.last_day + 1, horizon_days=60)


@pytest.fixture(scope="session")
def churn_scorer(trained_churn: Trained, tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    return load_scorer(trained_churn.save(_folder(tmp_path_factory)), task="churn")


@pytest.fixture(scope="session")
def value_scorer(trained_value: Trained, tmp_path_factory: pytest.TempPathFactory) -> Scorer:
    return load_scorer(trained_value.save(_folder(tmp_path_factory)), task="cltv")


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("models") / "artefact"


@pytest.fixture(scope="session", autouse=True)
def _one_thread() -> Iterator[None]:
    """As in training: on shared cores more threads only wait for each other."""
    with threadpool_limits(limits=1):
        yield
