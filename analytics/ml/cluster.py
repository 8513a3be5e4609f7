"""A Dask cluster that is there already: features by partition on its workers, trees by LightGBM's distributed trainer.

Only customer-days without any id leave this machine, and what runs there is sent along: the workers need numpy,
LightGBM and scikit-learn, not Rapport. Whatever goes wrong is a ClusterError, soon enough for training here instead.
"""

from __future__ import annotations

import logging
import operator
import pickle
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from analytics.ml.features import build_features
from analytics.ml.growing import Draw, Rows
from analytics.ml.inputs import NAMES, Rhythm, build_inputs
from analytics.ml.purchases import Purchases
from analytics.ml.windows import Window, outcomes

if TYPE_CHECKING:
    from dask.distributed import Client

PARTITION = 20_000  # customers
CONNECT_SECONDS = 10
GROW_SECONDS = 600
LOOK_SECONDS = 2.0
SOCKET_MINUTES = 5  # LightGBM's own patience; after two hours nobody would wait any more
NEEDED = ("numpy", "lightgbm", "scikit-learn", "cloudpickle", "distributed")
SAME_FIRST = {"numpy": 1, "scikit-learn": 1, "cloudpickle": 1}  # how many numbers of a version must agree; else two

Parts = tuple[Any, Any, Any, Any]
T = TypeVar("T")


class ClusterError(Exception):
    """The cluster can't help; `why` is one of missing, unreachable, empty, versions, lost, slow, failed."""

    def __init__(self, why: str, **about: Any) -> None:
        super().__init__(why)
        self.why, self.about = why, about

    def as_json(self) -> dict[str, Any]:
        return {"why": self.why, **self.about}


@dataclass(frozen=True)
class Cut:
    """A window as it is sent: everything that tells which rows it has, and none of them."""

    as_of: int
    horizon_days: int
    rhythm: Rhythm

    @classmethod
    def of(cls, window: Window) -> Cut:
        return cls(window.as_of, window.horizon_days, window.rhythm)


def part_of(purchases: Purchases) -> Parts:
    """Customer-days as plain, small columns without the customers' ids."""
    return (
        purchases.starts.astype(np.int32), purchases.days.astype(np.int32), purchases.amounts,
        purchases.orders.astype(np.int32),
    )  # fmt: skip


def rows_of_part(cuts: Sequence[Cut], draw: Draw, part: Parts) -> tuple[Any, Any]:
    """Inputs and target of one partition at all cuts; this runs on a worker."""
    starts, days, amounts, orders = part
    purchases = Purchases(
        np.arange(len(starts) - 1), starts.astype(np.int64), days.astype(np.int64), amounts, orders.astype(np.int64)
    )
    found = [draw.rows(_window(purchases, cut)) for cut in cuts]
    rows = Rows.stacked(found)
    return rows.inputs, rows.target


def _window(purchases: Purchases, cut: Cut) -> Window:
    """The same features, inputs and outcomes as here."""
    features = build_features(purchases, cut.as_of)
    if len(features):
        inputs = build_inputs(features, cut.rhythm, cut.horizon_days)
        spend, left = outcomes(purchases, features, cut.horizon_days)
    else:
        inputs, spend, left = np.empty((0, len(NAMES)), np.float32), np.empty(0), np.empty(0)
    return Window(cut.as_of, features, inputs, spend, left, 1.0, cut.horizon_days, cut.rhythm)


def by_value(work: Callable[..., Any]) -> bytes:
    """A function and all that it needs of this package as bytes, for machines that don't have the package."""
    import cloudpickle

    import analytics.ml

    cloudpickle.register_pickle_by_value(analytics.ml)
    try:
        return bytes(cloudpickle.dumps(work))
    finally:
        cloudpickle.unregister_pickle_by_value(analytics.ml)


class Cluster:
    """A `Grower` that draws its rows from all customers, on the workers of a cluster."""

    def __init__(self, client: Client, purchases: Iterable[Purchases]) -> None:
        self.client = client
        self.workers = frozenset(_workers(client))
        self.customers = 0
        self.parts: list[Any] = []
        for part in purchases:
            self._send(part)

    def _send(self, purchases: Purchases) -> None:
        self.customers += len(purchases)
        # Sent as bytes and unpacked there: a worker that dies takes nothing along that can't be made again.
        self.parts += [
            self.client.submit(pickle.loads, pickle.dumps(part_of(chunk)), pure=False)
            for chunk in purchases.chunks(PARTITION)
        ]

    def as_json(self) -> dict[str, Any]:
        """Who helped, for the report."""
        return {"workers": len(self.workers), "customers": self.customers}

    def grow(self, windows: Sequence[Window], draw: Draw, *, seed: int) -> Any:
        """A booster from everybody's rows. Raises ClusterError."""
        cuts = [Cut.of(window) for window in windows]
        until = monotonic() + GROW_SECONDS
        rows = self._guarded(lambda: self._rows(cuts, draw), until)
        return self._guarded(lambda: self._fit(rows, draw, seed), until, workers=frozenset(_workers(self.client)))

    def _rows(self, cuts: Sequence[Cut], draw: Draw) -> list[tuple[Any, int]]:
        """Rows of each partition, where they are, and how many; partitions without any are left out."""
        work = self.client.submit(pickle.loads, by_value(partial(rows_of_part, cuts, draw)), pure=False)
        rows = [self.client.submit(operator.call, work, part, pure=False) for part in self.parts]
        targets = [self.client.submit(operator.itemgetter(1), row, pure=False) for row in rows]
        counts = self.client.gather([self.client.submit(len, target, pure=False) for target in targets])
        return [(row, count) for row, count in zip(rows, counts, strict=True) if count]

    def _fit(self, rows: Sequence[tuple[Any, int]], draw: Draw, seed: int) -> Any:
        from lightgbm.dask import DaskLGBMRegressor

        from analytics.ml.trees import ROUNDS, growth

        settings = growth(sum(count for _, count in rows))
        del settings["num_threads"]  # each worker's own
        # Whatever the objective: a classifier would learn the classes from each worker's rows alone.
        model = DaskLGBMRegressor(
            client=self.client, n_estimators=ROUNDS, random_state=seed, objective=draw.objective,
            time_out=SOCKET_MINUTES, **settings,
        )  # fmt: skip
        inputs, target = self._array(rows, 0, np.float32, len(NAMES)), self._array(rows, 1, np.float64)
        model.fit(inputs, target)
        return model.booster_

    def _array(self, rows: Sequence[tuple[Any, int]], at: int, dtype: Any, width: int | None = None) -> Any:
        """One column of all partitions as a Dask array of known shape."""
        import dask.array as da
        from dask import delayed

        pick = delayed(operator.itemgetter(at), pure=False)
        shapes = [(count,) if width is None else (count, width) for _, count in rows]
        parts = [da.from_delayed(pick(row), shape, dtype) for (row, _), shape in zip(rows, shapes, strict=True)]
        return da.concatenate(parts, allow_unknown_chunksizes=False)

    def _guarded(self, work: Callable[[], T], until: float, *, workers: frozenset[str] = frozenset()) -> T:
        """What `work` returns; ClusterError when it fails, takes too long, or one of these workers is gone."""

        def may_wait(_waited: float) -> bool:
            left = _workers(self.client)
            if not left or workers - left:
                raise ClusterError("lost")
            return monotonic() < until

        return _in_time(work, may_wait)


def _in_time(work: Callable[[], T], may_wait: Callable[[float], bool]) -> T:
    """What `work` returns; ClusterError when it fails, or as soon as there is no more waiting for it."""
    executor, began = ThreadPoolExecutor(1), monotonic()
    try:
        done = executor.submit(work)
        while not _is_done(done):
            if not may_wait(monotonic() - began):
                raise ClusterError("slow", minutes=GROW_SECONDS // 60)
        problem = done.exception()
        if problem is not None:
            raise ClusterError("failed", error=f"{type(problem).__name__}: {problem}"[:300]) from problem
        return done.result()
    finally:
        executor.shutdown(wait=False, cancel_futures=True)


@contextmanager
def joined(address: str, purchases: Iterable[Purchases]) -> Iterator[Cluster]:
    """The cluster with the customer-days of different customers sent to it, part by part.

    All is forgotten there at the end. Raises ClusterError.
    """
    client = _client(address)
    try:
        check_versions(client)
        yield Cluster(client, purchases)
    finally:
        client.close(timeout=5)


def _client(address: str) -> Client:
    try:
        import lightgbm
        from dask.distributed import Client
    except ImportError as error:
        raise ClusterError("missing", error=str(error)) from error
    lightgbm.register_logger(logging.getLogger("lightgbm"))  # our standard output belongs to the parent process
    try:
        return Client(address, timeout=CONNECT_SECONDS)  # the default one, too: LightGBM looks for it
    except (OSError, TimeoutError, ValueError) as error:
        raise ClusterError("unreachable", address=address) from error


def check_versions(client: Client) -> None:
    """ClusterError unless there is a worker, and every one has what is needed in a version that fits."""
    found = _in_time(partial(client.get_versions, packages=list(NEEDED)), lambda waited: waited < CONNECT_SECONDS)
    if not found["workers"]:
        raise ClusterError("empty")
    ours = {"python": str(found["client"]["host"]["python"]), **{name: _here(name) for name in NEEDED}}
    for address, told in found["workers"].items():
        theirs = {"python": told["host"]["python"], **told["packages"]}
        for name, here in ours.items():
            there = theirs.get(name) or ""
            if not _agrees(name, here, there):
                raise ClusterError("versions", worker=address, package=name, here=here, there=there)


def _here(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError as error:
        raise ClusterError("missing", error=str(error)) from error


def _agrees(name: str, here: str, there: str) -> bool:
    """The protocols of Dask and LightGBM and the byte code of Python want the same first two numbers."""
    numbers = SAME_FIRST.get(name, 2)
    return there.split(".")[:numbers] == here.split(".")[:numbers]


def _workers(client: Client) -> frozenset[str]:
    """The addresses of the workers that are there now. Raises ClusterError when the scheduler is not."""
    try:
        told = client.sync(client.scheduler.identity, n_workers=-1, callback_timeout=CONNECT_SECONDS)
    except (OSError, TimeoutError) as error:
        raise ClusterError("lost") from error
    return frozenset(told["workers"])


def _is_done(done: Future[Any]) -> bool:
    """After a moment at most."""
    return bool(wait([done], timeout=LOOK_SECONDS).done)
