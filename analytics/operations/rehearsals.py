"""Keeps what a trained model said on the hold-out, so that groups of people can be compared."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import numpy as np
from django.db import transaction

from analytics.models import ModelVersion, Rehearsal
from crm.models import Person

CHUNK = 2_000


@transaction.atomic
def keep_rehearsals(version: ModelVersion, path: Path) -> int:
    """Enter the hold-out in the file at `path` for this version, and forget those of others; returns how many.

    Whoever was deleted or took themselves out of profiling meanwhile is left out. Nothing happens without the file.
    """
    Rehearsal.objects.filter(version__task=version.task).delete()
    if not path.exists():
        return 0
    with np.load(path, allow_pickle=False) as arrays:
        rows = zip(*(arrays[name].tolist() for name in ("person_ids", "predicted", "actual")), strict=True)
    kept = 0
    while part := list(islice(rows, CHUNK)):
        there = set(
            Person.objects.filter(pk__in=[row[0] for row in part], no_profiling=False).values_list("pk", flat=True)
        )
        made = [
            Rehearsal(version=version, person_id=person_id, predicted=predicted, actual=actual)
            for person_id, predicted, actual in part
            if person_id in there
        ]
        Rehearsal.objects.bulk_create(made)
        kept += len(made)
    return kept
