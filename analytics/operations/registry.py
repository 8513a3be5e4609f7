"""Which model serves: promoted by comparison or by hand, rolled back, and never a damaged one."""

from __future__ import annotations

import shutil
import time
from functools import partial

import structlog
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from analytics.learning import all_tasks
from analytics.loading import CantServeError, Champion, fingerprint, folder_of, load, models_folder
from analytics.models import ModelVersion
from crm.events import record_event
from crm.models import User

log = structlog.get_logger(__name__)


def champions(*tasks: str) -> dict[str, Champion]:
    """The models in use for these tasks (all without any named), in one query.

    A damaged one is put aside for the last good one before it, or for none.
    """
    rows = ModelVersion.objects.filter(state=ModelVersion.State.CHAMPION, task__in=tasks or all_tasks())
    found = {version.task: _load_or_fall_back(version) for version in rows}
    return {task: champion for task, champion in found.items() if champion is not None}


def _load_or_fall_back(version: ModelVersion) -> Champion | None:
    try:
        return load(version)
    except CantServeError as error:
        log.error("model_refused", task=version.task, version=version.number, reason=str(error))
        return _last_good(version, str(error))


@transaction.atomic
def _last_good(broken: ModelVersion, reason: str) -> Champion | None:
    """Put the damaged version aside and the newest of those that served before it in its place.

    Once: where another process was quicker, what it has put in use serves, if it can be opened.
    """
    locked = ModelVersion.objects.select_for_update(of=("self",)).get(pk=broken.pk)
    if locked.state != ModelVersion.State.CHAMPION:
        return _in_use_instead(broken.task)
    _set_aside(locked, reason)
    for version in former_versions(broken.task):
        try:
            champion = load(version)
        except CantServeError as error:
            _set_aside(version, str(error))
            continue
        _put_in_use(version, None)
        return champion
    return None


def _in_use_instead(task: str) -> Champion | None:
    version = ModelVersion.objects.filter(task=task, state=ModelVersion.State.CHAMPION).first()
    try:
        return load(version) if version is not None else None
    except CantServeError as error:  # whoever asks next puts it aside
        log.error("model_refused", task=task, version=str(version), reason=str(error))
        return None


def _set_aside(version: ModelVersion, reason: str) -> None:
    version.card = {**version.card, "broken": reason}
    version.state = ModelVersion.State.BROKEN
    version.save(update_fields=["state", "card"])
    record_event(kind="model.refused", subject=version, data={"name": str(version), "reason": reason})


def former_versions(task: str) -> QuerySet[ModelVersion]:
    """Those that served before and were not sent back, the last one first."""
    former = ModelVersion.objects.filter(task=task, state=ModelVersion.State.RETIRED, returned_at=None)
    return former.order_by("-promoted_at", "-number")


class NeedsReasonError(CantServeError):
    """Only somebody who says why may put this version in use."""


def why_not(version: ModelVersion) -> str:
    """What speaks against putting this version in use, in words; nothing where nothing does."""
    if version.returned_at is not None:
        return _("%(version)s was sent back, since it was wrong too often.") % {"version": version}
    held = version.card.get("hold_out")
    if held and held.get("beats_simple") is False:
        return _("%(version)s was no better than a simple method when it was tested.") % {"version": version}
    return ""


@transaction.atomic
def promote_version(*, version: ModelVersion, actor: User | None, why: str = "") -> ModelVersion:
    """Put this version in use instead of the one that is. Idempotent. Raises CantServeError.

    One that was sent back or was no better than a simple method needs a reason (NeedsReasonError), and stays until
    somebody lets it go: it is frozen. Records `model.promoted`.
    """
    load(version)
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    if version.state == ModelVersion.State.CHAMPION:
        return version
    against = why_not(version)
    if against and not why:
        raise NeedsReasonError(against)
    if against:
        version.frozen_at, version.frozen_by, version.frozen_why = timezone.now(), actor, why
    return _put_in_use(version, actor, why)


def put_back_in_use(version: ModelVersion) -> ModelVersion:
    """A former version in the place of one that was sent back. Records `model.promoted`."""
    return _put_in_use(version, None)


def _put_in_use(version: ModelVersion, actor: User | None, why: str = "") -> ModelVersion:
    in_use = ModelVersion.objects.filter(task=version.task, state=ModelVersion.State.CHAMPION)
    in_use.update(state=ModelVersion.State.RETIRED)
    version.state, version.promoted_at, version.promoted_by = ModelVersion.State.CHAMPION, timezone.now(), actor
    version.promoted_why, version.returned_at, version.live = why, None, {}
    version.save()
    record_event(kind="model.promoted", subject=version, actor=actor, data={"name": str(version)})
    return version


@transaction.atomic
def freeze_version(*, version: ModelVersion, actor: User, why: str) -> ModelVersion:
    """Keep this version, whatever the nights find: they warn only. Idempotent. Records `model.frozen`."""
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    if version.frozen_at is None:
        version.frozen_at, version.frozen_by, version.frozen_why = timezone.now(), actor, why
        version.save(update_fields=["frozen_at", "frozen_by", "frozen_why"])
        record_event(kind="model.frozen", subject=version, actor=actor, data={"name": str(version)})
    return version


@transaction.atomic
def thaw_version(*, version: ModelVersion, actor: User) -> ModelVersion:
    """Let the nights replace this version again. Idempotent. Records `model.thawed`."""
    version = ModelVersion.objects.select_for_update().get(pk=version.pk)
    if version.frozen_at is not None:
        version.frozen_at, version.frozen_by, version.frozen_why = None, None, ""
        version.save(update_fields=["frozen_at", "frozen_by", "frozen_why"])
        record_event(kind="model.thawed", subject=version, actor=actor, data={"name": str(version)})
    return version


@transaction.atomic
def roll_back(*, task: str, actor: User | None) -> ModelVersion:
    """Put the version in use again that served before. Raises CantServeError when there is none that can."""
    for version in former_versions(task):
        try:
            load(version)
        except CantServeError as error:
            _set_aside(version, str(error))
        else:
            return _put_in_use(version, actor)
    raise CantServeError(_("There is no earlier version to go back to."))


@transaction.atomic
def register_version(*, task: str, folder: str, card: dict[str, object], run_id: int | None) -> ModelVersion:
    """Enter a trained artefact as a challenger."""
    newest = ModelVersion.objects.filter(task=task).order_by("-number").values_list("number", flat=True).first()
    return ModelVersion.objects.create(
        task=task, number=(newest or 0) + 1, folder=folder, sha256=fingerprint(models_folder() / folder), card=card,
        run_id=run_id,
    )  # fmt: skip


KEPT = {ModelVersion.State.CHALLENGER: 5, ModelVersion.State.RETIRED: 10, ModelVersion.State.BROKEN: 3}


def prune_versions() -> int:
    """Forget all but the newest versions that are not in use, with their files; returns how many went."""
    gone = 0
    for task in all_tasks():
        for state, kept in KEPT.items():
            for version in ModelVersion.objects.filter(task=task, state=state).order_by("-number")[kept:]:
                shutil.rmtree(folder_of(version), ignore_errors=True)
                version.delete()
                gone += 1
    _drop_strays()
    return gone


@transaction.atomic
def forget_versions() -> None:
    """Forget every model; rules of thumb serve until something is learned anew. The files go after the commit."""
    folders = [folder_of(version) for version in ModelVersion.objects.all()]
    ModelVersion.objects.all().delete()
    for folder in folders:
        transaction.on_commit(partial(shutil.rmtree, folder, ignore_errors=True))


def _drop_strays() -> None:
    """Files of a training that was killed before its version was entered."""
    known = set(ModelVersion.objects.values_list("folder", flat=True))
    yesterday = time.time() - 24 * 3600
    for folder in models_folder().iterdir():
        if folder.name not in known and folder.stat().st_mtime < yesterday:
            shutil.rmtree(folder, ignore_errors=True)


def note_track(task: str, track: dict[str, object]) -> None:
    """Remember at the model in use what became of those who were flagged before."""
    for version in ModelVersion.objects.filter(task=task, state=ModelVersion.State.CHAMPION):
        ModelVersion.objects.filter(pk=version.pk).update(card={**version.card, "track": track})
