"""Which version serves: tried, promoted, rolled back, retired, refused."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Max, Q

from mlops.artifacts import ArtifactRefused
from mlops.events import ModelPromoted, ModelRefused, ModelRetired, ModelRolledBack, ModelTried
from mlops.models import ModelVersion
from mlops.services.stages import Who, enter_stage, lock_versions, tell
from mlops.tracking.remote import read_file
from smartmaint.accounts.problems import Conflict
from smartmaint.events.outbox import publish

Stage = ModelVersion.Stage
FileState = ModelVersion.FileState


@transaction.atomic
def try_version(*, version: ModelVersion, at: datetime, by: Who, reason: str = "") -> ModelVersion:
    """Let the version run in shadow as the challenger; the one before it retires.

    Raises:
        Conflict: it serves already, or its file is not whole.
    """
    lock_versions(version)
    _check_usable(version)
    _retire(version, Stage.CHALLENGER, at, by)
    enter_stage(version, Stage.CHALLENGER, "tried", at=at, by=by, reason=reason)
    tell(ModelTried, version)
    return version


@transaction.atomic
def promote_version(*, version: ModelVersion, at: datetime, by: Who, reason: str = "") -> ModelVersion:
    """Let the version serve; the one that served retires and can be rolled back to.

    Raises:
        Conflict: it serves already, or its file is not whole.
    """
    lock_versions(version)
    _check_usable(version)
    _retire(version, Stage.CHAMPION, at, by)
    enter_stage(version, Stage.CHAMPION, "promoted", at=at, by=by, reason=reason)
    tell(ModelPromoted, version)
    return version


@transaction.atomic
def roll_back(*, version: ModelVersion, at: datetime, by: Who, reason: str = "") -> ModelVersion:
    """Take the champion out of service; return the version that served before it and serves again.

    Raises:
        Conflict: the version does not serve, or none before it is whole.
    """
    lock_versions(version)
    if version.stage != Stage.CHAMPION:
        raise Conflict(f"Version {version.number} does not serve; only the champion can be rolled back.")
    earlier = served_before(version)
    if earlier is None:
        raise Conflict(f"No whole version served before version {version.number}.")
    enter_stage(version, Stage.RETIRED, "rolled_back", at=at, by=by, reason=reason)
    _serve_again(earlier, at, by, reason)
    return earlier


@transaction.atomic
def retire_version(*, version: ModelVersion, at: datetime, by: Who, reason: str = "") -> ModelVersion:
    """Take a version out of use; nothing serves where it was the champion.

    Raises:
        Conflict: it is out of use already.
    """
    lock_versions(version)
    if version.stage in (Stage.RETIRED, Stage.REFUSED):
        raise Conflict(f"Version {version.number} is {version.get_stage_display()} already.")
    enter_stage(version, Stage.RETIRED, "retired", at=at, by=by, reason=reason)
    tell(ModelRetired, version)
    return version


@transaction.atomic
def refuse_version(
    *, version: ModelVersion, file_state: str, reason: str, at: datetime
) -> ModelVersion | None:
    """Take a version out of use whose file is not what was registered, and raise the alarm.

    Return the version that serves now. A version that was refused before is told of once.
    """
    lock_versions(version)
    if version.stage != Stage.REFUSED:
        served = version.stage == Stage.CHAMPION
        version.file_state, version.file_checked_at = file_state, at
        enter_stage(version, Stage.REFUSED, "refused", at=at, by="file check", reason=reason)
        earlier = served_before(version) if served else None
        if earlier:
            _serve_again(earlier, at, "file check", f"version {version.number} was refused")
        _raise_alarm(version, reason)
    return ModelVersion.objects.filter(model=version.model_id).champions().first()


def _raise_alarm(version: ModelVersion, reason: str) -> None:
    serving = ModelVersion.objects.filter(model=version.model_id).champions().first()
    publish(
        ModelRefused(
            organization_id=version.model.organization_id,
            model_id=version.model_id,
            version_id=version.pk,
            serving_id=serving.pk if serving else None,
            reason=reason,
        )
    )


def _serve_again(version: ModelVersion, at: datetime, by: Who, reason: str) -> None:
    enter_stage(version, Stage.CHAMPION, "rolled_back", at=at, by=by, reason=reason)
    tell(ModelRolledBack, version)


def _check_usable(version: ModelVersion) -> None:
    if version.stage in (Stage.CHAMPION, Stage.REFUSED):
        raise Conflict(f"Version {version.number} is “{version.get_stage_display()}”.")
    if version.file_state == FileState.PRUNED:
        raise Conflict(f"Version {version.number} cannot be used: its file was dropped as out of date.")
    if problem := _file_problem(version):
        raise Conflict(f"Version {version.number} cannot be used: {problem}")


def _file_problem(version: ModelVersion) -> str:
    if not version.sha256:
        return ""
    try:
        read_file(version)
    except ArtifactRefused as refusal:
        return str(refusal)
    return ""


def _retire(successor: ModelVersion, stage: str, at: datetime, by: Who) -> None:
    """Make room in the stage: it holds one version."""
    reason = f"version {successor.number} took its place"
    for version in ModelVersion.objects.filter(model=successor.model_id, stage=stage).exclude(
        pk=successor.pk
    ):
        enter_stage(version, Stage.RETIRED, "retired", at=at, by=by, reason=reason)


def served_before(version: ModelVersion) -> ModelVersion | None:
    """Return the newest whole version that was promoted before this one was."""
    promotion = Max("transitions__pk", filter=Q(transitions__action="promoted"))
    served = ModelVersion.objects.filter(model=version.model_id).annotate(promotion=promotion)
    own = served.get(pk=version.pk).promotion
    earlier = served.filter(promotion__lt=own).exclude(stage=Stage.REFUSED) if own else served.none()
    earlier = earlier.exclude(file_state=FileState.PRUNED)
    whole = (each for each in earlier.order_by("-promotion") if not _file_problem(each))
    return next(whole, None)
