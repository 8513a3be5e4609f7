"""Works out every night what people may buy next, and follows what they buy and what they don't want."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import structlog
from django.db import connection, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.ml.purchases import day_number
from analytics.ml.recommend.arrays import CATALOGUE, read_arrays, write_arrays
from analytics.models import ProductDecline, Recommendation, TrainingRun
from analytics.queries.baskets import baskets_in_chunks, catalogue
from analytics.queries.clock import ShopClock
from analytics.queries.frames import CHUNK, EVERYBODY
from analytics.queries.turns import REST_DAYS, is_turn, turns_since
from crm.bulk_insert import put_rows
from crm.events import record_event
from crm.models import Event, OrderLine, Person, Product, Task, User
from crm.operations.work import create_task

from .child import Child, TrainingFailedError

log = structlog.get_logger(__name__)

JOB = "analytics.ml.recommend.job"
COLUMNS = ("person_id", "product_id", "kind", "place", "due_on", "reason", "made_at")
AT_ONCE = 10_000
LATE_BY = timedelta(days=2)  # an order noted later than it was placed may be older than what was worked out since


class Recommending(AbstractContextManager["Recommending"]):
    """What people may buy next: gathered, then learned by a process of its own while the block does something else, and
    written by `write`. The process ends with the block."""

    def __init__(self, clock: ShopClock, work: Path) -> None:
        self._clock, self._work, self._block = clock, work, ExitStack()

    def __exit__(self, *_error: object) -> None:
        self._block.close()

    def gather(self, last: date | None = None, *, alive: Callable[[], object]) -> None:
        """Read what was bought. With `last`, the day as of which that was last done, only of whom it is the turn since,
        and of who ordered since. `alive` hears before and after each part."""
        self._began = timezone.now()
        self._turns = None if last is None else turns_since(last, self._clock.as_of)
        self._asked = EVERYBODY
        if last is not None and self._turns is not None:
            self._asked = is_turn(self._turns) | _ordered_since(last, self._clock)
        self._parts = _gather(self._clock, self._work, self._asked, alive)

    def learn(self) -> None:
        """Begin to learn from what was gathered."""
        if self._parts:
            self._child = self._block.enter_context(Child(self._request(), self._work))

    def write(self, alive: Callable[[str, float], None]) -> dict[str, Any]:
        """Wait for it and write it; what came of it, for the run's report.

        Where it can't be learned, the recommendations of before stay. What `alive` raises ends it.
        """
        if not self._parts:
            _drop_old(self._asked, self._began)
            return {"decision": "too_little"}
        try:
            result = self._child.result(alive)
        except TrainingFailedError as error:
            log.error("recommending_failed", reason=str(error))
            return {"decision": "failed", "problem": str(error)}
        for number, path in enumerate(sorted(self._work.glob("offers-*.npz")), 1):
            _store(path, self._clock, self._began)
            alive("write", number / self._parts)
        _drop_old(self._asked, self._began)
        return {"decision": "written", **result}

    def _request(self) -> dict[str, Any]:
        return {
            "task": "recommend", "job": JOB, "parts": str(self._work), "folder": str(self._work / "recommend"),
            "as_of": day_number(self._clock.as_of), "rest_days": REST_DAYS,
            "turns": None if self._turns is None else sorted(self._turns),
        }  # fmt: skip


def last_recommended() -> date | None:
    """The day as of which the last night that came to its end recommended; None where nothing of that is left."""
    if not Recommendation.objects.exists():
        return None
    done = TrainingRun.objects.filter(report__recommend__decision="written").order_by("-created_at")
    report = done.values_list("report", flat=True).first()
    return date.fromisoformat(report["as_of"]) if report else None


def _ordered_since(last: date, clock: ShopClock) -> Q:
    """The day before `last` had only begun when the last night read its orders."""
    return Q(last_order_at__gte=clock.midnight(last - timedelta(days=1)))


def _drop_old(asked: Q, began: datetime) -> None:
    """What nobody would recommend to these people tonight, and to nobody what is no longer sold."""
    old = Recommendation.objects.filter(made_at__lt=began)
    (old.filter(person__in=Person.objects.filter(asked)) if asked else old).delete()
    old.filter(product__is_active=False).delete()


def _gather(clock: ShopClock, work: Path, asked: Q, alive: Callable[[], object]) -> int:
    alive()
    goods = catalogue(clock)
    if not len(goods["item_ids"]):
        return 0
    write_arrays(work / CATALOGUE, goods)
    parts, people = 0, CHUNK * REST_DAYS if asked else CHUNK
    for number, part in enumerate(baskets_in_chunks(clock, asked, people=people), 1):
        write_arrays(work / f"part-{number:05d}.npz", part)
        alive()
        parts = number
    return parts


def _store(path: Path, clock: ShopClock, at: datetime) -> None:
    """The offers of one part in place of what was said of these people, some thousand in a transaction."""
    arrays = read_arrays(path)
    order = np.argsort(arrays["customer_ids"], kind="stable")
    made_at = connection.ops.adapt_datetimefield_value(at)
    for start in range(0, len(order), AT_ONCE):
        rows = order[start : start + AT_ONCE]
        columns = [arrays[name][rows].tolist() for name in arrays]
        offers = (dict(zip(arrays, values, strict=True)) for values in zip(*columns, strict=True))
        _replace([_row(one, clock, made_at) for one in offers], at)


@transaction.atomic
def _replace(rows: list[tuple[Any, ...]], at: datetime) -> None:
    """Whoever left, wants no profiling or ordered the product meanwhile gets nothing."""
    people = {row[0] for row in rows}
    open_to = set(Person.objects.filter(pk__in=people, no_profiling=False).values_list("pk", flat=True))
    goods = set(Product.objects.filter(pk__in={row[1] for row in rows}, is_active=True).values_list("pk", flat=True))
    Recommendation.objects.filter(person_id__in=people, made_at__lt=at).delete()
    unwanted = set(ProductDecline.objects.filter(person_id__in=people).values_list("person_id", "product_id"))
    bought = OrderLine.objects.filter(order__person__in=people, order__placed_at__gte=at - LATE_BY, product__in=goods)
    unwanted |= set(bought.values_list("order__person_id", "product_id"))
    kept = [row for row in rows if row[0] in open_to and row[1] in goods and (row[0], row[1]) not in unwanted]
    put_rows(Recommendation, COLUMNS, kept, conflict=" ON CONFLICT DO NOTHING")


def _row(one: Mapping[str, Any], clock: ShopClock, made_at: Any) -> tuple[Any, ...]:
    """As the database reads it."""
    person, product, place = one["customer_ids"], one["item_ids"], one["places"]
    if one["times"]:
        gap = round(one["gap"])
        due_on = (clock.as_of + timedelta(days=gap - one["since"])).isoformat()
        reason = {"key": "rhythm", "times": one["times"], "gap": gap, "since": one["since"]}
        return person, product, str(Recommendation.Kind.AGAIN), place, due_on, json.dumps(reason), made_at
    return person, product, str(Recommendation.Kind.NEW), place, None, json.dumps(_why_new(one)), made_at


def _why_new(one: Mapping[str, Any]) -> dict[str, Any]:
    if one["with_item"] >= 0:
        share = round(100 * one["share"])
        return {"key": "together", "product": one["with_item"], "share": share, "buyers": one["buyers"]}
    return {"key": "popular", "sold": one["sold"]} if one["sold"] else {"key": "like_others"}


def follow_buyers(events: Sequence[Event]) -> None:
    """The consumer: what was just bought is no longer due, and who wants no profiling has no recommendations."""
    orders = [event.subject_id for event in events if event.kind == "order.placed" and event.subject_id]
    people = {event.person_id for event in events if event.person_id}
    bought = OrderLine.objects.filter(
        order__in=orders, order__person=OuterRef("person_id"), product=OuterRef("product_id")
    )
    newer = bought.filter(order__placed_at__gte=OuterRef("made_at") - LATE_BY)
    Recommendation.objects.filter(Exists(newer), person_id__in=people).delete()
    ProductDecline.objects.filter(
        Exists(bought.filter(order__placed_at__gte=OuterRef("at"))), person_id__in=people
    ).delete()
    Recommendation.objects.filter(person_id__in=people, person__no_profiling=True).delete()


@transaction.atomic
def decline_product(*, person: Person, product: Product, actor: User) -> ProductDecline:
    """This person is not interested in the product: it is not recommended again. Records `product.declined` once."""
    decline, is_new = ProductDecline.objects.get_or_create(person=person, product=product, defaults={"user": actor})
    Recommendation.objects.filter(person=person, product=product).delete()
    if is_new:
        record_event(kind="product.declined", subject=person, actor=actor, data={"product": product.name})
    return decline


@transaction.atomic
def allow_product(*, person: Person, product: Product, actor: User) -> None:
    """Take that back; it may be recommended again from the next night on. Records `product.allowed`."""
    if ProductDecline.objects.filter(person=person, product=product).delete()[0]:
        record_event(kind="product.allowed", subject=person, actor=actor, data={"product": product.name})


@transaction.atomic
def plan_offer(*, recommendation: Recommendation, actor: User, notes: str = "") -> Task:
    """A task to offer the product, of whoever looks after the person; a second click returns the same task.

    Records `task.created`.
    """
    person, product = recommendation.person, recommendation.product
    key = f"offer:{person.pk}:{product.pk}:"
    planned = Task.objects.filter(once_key__startswith=key, done_at=None).first()
    if planned is not None:
        return planned
    return create_task(
        actor=actor,
        title=_("Offer “%(product)s” to %(name)s") % {"product": product.name, "name": person.name},
        owner=person.owner or actor,
        due_on=timezone.localdate() + timedelta(days=1),
        notes=notes,
        person=person,
        once_key=f"{key}{Task.objects.filter(once_key__startswith=key).count()}",
    )
