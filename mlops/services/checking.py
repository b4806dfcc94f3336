"""Is each model's file still what was registered?"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from mlops.artifacts import ArtifactRefused
from mlops.models import ModelVersion
from mlops.models.registry import ModelVersionQuerySet
from mlops.services.promoting import refuse_version
from mlops.services.stages import enter_stage, lock_versions
from mlops.store import ArtifactMissing
from mlops.tracking.remote import read_file

FileState = ModelVersion.FileState
Stage = ModelVersion.Stage


def verify_versions(*, versions: ModelVersionQuerySet, at: datetime) -> list[tuple[ModelVersion, str]]:
    """Check the file of each version; return those whose file is not what was registered, with the reason.

    A version that is found so for the first time is out of use, and the alarm is raised.
    """
    wrong = []
    for version in versions.with_artifact().select_related("model").order_by("model", "number"):
        if reason := verify_version(version=version, at=at):
            wrong.append((version, reason))
    return wrong


@transaction.atomic
def verify_version(*, version: ModelVersion, at: datetime) -> str:
    """Check the file; return what is wrong with it, or nothing. A refused one that is whole again may be
    promoted again, by hand."""
    try:
        read_file(version)
    except ArtifactRefused as refusal:
        state = FileState.MISSING if isinstance(refusal, ArtifactMissing) else FileState.CHANGED
        refuse_version(version=version, file_state=state, reason=str(refusal), at=at)
        return str(refusal)
    lock_versions(version)
    version.file_state, version.file_checked_at = FileState.VERIFIED, at
    if version.stage == Stage.REFUSED:
        enter_stage(
            version, Stage.RETIRED, "restored", at=at, by="file check", reason="its file is whole again"
        )
    else:
        version.save(update_fields=["file_state", "file_checked_at"])
    return ""
