"""Files that nobody needs any more go: of versions that neither serve nor may return, and of old tables."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q

from mlops import store
from mlops.models import Model, ModelVersion, TrainingJob, TrainingTable
from mlops.services.stages import enter_stage
from mlops.services.tables import drop_unused

ARCHIVED = (ModelVersion.Stage.CANDIDATE, ModelVersion.Stage.RETIRED)
NEVER_CHOSEN = timedelta(days=7)  # a table of which nobody said what is to be learnt
JUST_WRITTEN = timedelta(hours=1)  # whoever wrote the file may not have told of it yet
FileState = ModelVersion.FileState


def prune_files(*, at: datetime) -> int:
    """Drop the files of versions and tables that are out of date; return how many files that were.

    A version keeps its file while it serves or runs in shadow, for MODELS_KEPT_FOR, and as one of the newest
    MODELS_KEPT of its model or of the MODELS_KEPT that served last, which a roll-back may need. Its row,
    figures and history stay for ever.
    """
    old = ModelVersion.objects.with_artifact().filter(created_at__lt=at - settings.MODELS_KEPT_FOR)
    for model in Model.objects.filter(pk__in=old.filter(stage__in=ARCHIVED).values("model")).order_by("pk"):
        prune_versions(model=model, at=at)
    prune_tables(at=at)
    return drop_unused([one for one in _pruned() if _is_settled(one, at)])


def _pruned() -> Iterable[str]:
    versions = ModelVersion.objects.filter(file_state=FileState.PRUNED).values_list("sha256", flat=True)
    tables = TrainingTable.objects.exclude(pruned_at=None).values_list("sha256", flat=True)
    return {*versions, *tables}


def _is_settled(sha256: str, at: datetime) -> bool:
    stamp = store.stamp(sha256)
    return bool(stamp) and stamp[2] / 1e9 < (at - JUST_WRITTEN).timestamp()


@transaction.atomic
def prune_versions(*, model: Model, at: datetime) -> list[ModelVersion]:
    """Give up the files of the model's versions that nobody needs; each is a row of its history."""
    Model.objects.select_for_update(no_key=True).get(pk=model.pk)
    promotion = Max("transitions__pk", filter=Q(transitions__action="promoted"))
    versions: list[Any] = list(
        model.versions.with_artifact().annotate(promotion=promotion).order_by("-number")
    )
    spared = {version.pk for version in _needed(versions)}
    given_up = [version for version in versions if version.pk not in spared and _is_old(version, at)]
    for version in given_up:
        version.file_state = FileState.PRUNED
        reason = (
            f"older than {settings.MODELS_KEPT_FOR.days} days, and {settings.MODELS_KEPT} newer ones are kept"
        )
        enter_stage(version, version.stage, "pruned", at=at, by="pruning", reason=reason)
    return given_up


def _needed(versions: list[Any]) -> list[ModelVersion]:
    """Return the newest versions, and those that served last; `versions` are the newest first."""
    served = [version for version in versions if version.promotion]
    served.sort(key=lambda version: -version.promotion)
    return [*versions[: settings.MODELS_KEPT], *served[: settings.MODELS_KEPT + 1]]


def _is_old(version: ModelVersion, at: datetime) -> bool:
    """Tell whether it is archived for long. MLflow must have it first, where that is in use."""
    told = bool(version.tracking_run) or not settings.MLFLOW
    return version.stage in ARCHIVED and version.created_at < at - settings.MODELS_KEPT_FOR and told


@transaction.atomic
def prune_tables(*, at: datetime) -> None:
    """Give up the files of old tables, but not of the newest of a scope; forget those nobody chose from."""
    newest = TrainingTable.objects.chosen().order_by("organization", "scope", "-given_at", "-pk")
    kept = newest.distinct("organization", "scope").values("pk")
    old = TrainingTable.objects.chosen().filter(given_at__lt=at - settings.MODELS_KEPT_FOR, pruned_at=None)
    old.exclude(pk__in=kept).exclude(job__state__in=TrainingJob.OPEN).update(pruned_at=at)
    unused = TrainingTable.objects.filter(target="", given_at__lt=at - NEVER_CHOSEN)
    sums = list(unused.values_list("sha256", flat=True))
    unused.delete()
    transaction.on_commit(lambda: drop_unused(sums))
