"""Keeps what a trained model said on the hold-out, so that groups of people can be compared."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from django.db import transaction

from analytics.models import DealRehearsal, ModelVersion, Rehearsal
from analytics.queries.deal_history import known_deals
from crm.extensions import prediction_tasks
from crm.models import Person

CHUNK = 2_000


@transaction.atomic
def keep_rehearsals(version: ModelVersion, path: Path) -> int:
    """Enter the hold-out in the file at `path` for this version, and forget those of others; returns how many.

    Whoever was deleted or took themselves out of profiling meanwhile is left out. Nothing happens without the file.
    """
    task = prediction_tasks.get(version.task)
    name = task.target if task is not None else "person"
    table: Any = DealRehearsal if name == "deal" else Rehearsal
    known: Any = known_deals() if name == "deal" else Person.objects.filter(no_profiling=False)
    table.objects.filter(version__task=version.task).delete()
    if not path.exists():
        return 0
    with np.load(path, allow_pickle=False) as arrays:
        rows = zip(*(arrays[column].tolist() for column in ("ids", "predicted", "actual")), strict=True)
    kept = 0
    while part := list(islice(rows, CHUNK)):
        there = set(known.filter(pk__in=[row[0] for row in part]).values_list("pk", flat=True))
        made = [
            table(version=version, predicted=predicted, actual=actual, **{f"{name}_id": pk})
            for pk, predicted, actual in part
            if pk in there
        ]
        table.objects.bulk_create(made)
        kept += len(made)
    return kept
