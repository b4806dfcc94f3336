"""A version comes into being: its model, its figures, its file."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils.text import slugify

from mlops import store
from mlops.events import ModelRegistered
from mlops.models import Model, ModelVersion
from mlops.services.stages import Who, enter_stage, tell
from smartmaint.accounts.models import Organization

Stage = ModelVersion.Stage
FileState = ModelVersion.FileState


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A version before it has a number. `artifact`: its packed file; empty where settings are all it is."""

    algorithm: str
    artifact: bytes = b""
    settings: dict[str, Any] = field(default_factory=dict)
    features: list[dict[str, Any]] = field(default_factory=list)
    signature: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    libraries: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    seed: int = 0
    rows: int = 0
    data_from: datetime | None = None
    data_until: datetime | None = None


@transaction.atomic
def register_version(
    *, organization_id: int, purpose: str, scope: str, draft: Draft, at: datetime, by: Who, reason: str = ""
) -> ModelVersion:
    """Add a version to the model of this purpose and scope, which is made where there is none."""
    model = _model(organization_id, purpose, scope, draft.tags, at)
    newest: int = model.versions.aggregate(newest=Max("number"))["newest"] or 0
    version = ModelVersion(
        model=model, number=newest + 1, created_at=at, **_values(draft), **_file(draft, at)
    )
    version.actor = (by if isinstance(by, str) else by.name)[:100]
    enter_stage(version, Stage.CANDIDATE, "registered", at=at, by=by, reason=reason)
    tell(ModelRegistered, version)
    return version


def _model(organization_id: int, purpose: str, scope: str, tags: dict[str, str], at: datetime) -> Model:
    """Return the model, locked: two versions of one number cannot come into being."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
    models = Model.objects.filter(organization=organization_id)
    model = models.select_for_update(no_key=True).filter(purpose=purpose, scope=scope).first()
    if model is None:
        name = _name(purpose, scope, set(models.values_list("name", flat=True)))
        return Model.objects.create(
            organization_id=organization_id, name=name, purpose=purpose, scope=scope, tags=tags, created_at=at
        )
    if tags and model.tags != (merged := {**model.tags, **tags}):
        model.tags = merged
        model.save(update_fields=["tags"])
    return model


def _name(purpose: str, scope: str, taken: set[str]) -> str:
    """Return such as failure-pump, failure-sensor-7, or forecast for the whole organization."""
    about = "" if scope == "organization" else slugify(scope.removeprefix("asset-class:").replace(":", "-"))
    name = f"{purpose}-{about}".strip("-")[:90]
    return f"{name}-{sha256(scope.encode()).hexdigest()[:6]}" if name in taken else name


def _values(draft: Draft) -> dict[str, Any]:
    names = ("algorithm", "settings", "features", "signature", "metrics", "libraries", "seed", "rows")
    return {name: getattr(draft, name) for name in (*names, "data_from", "data_until")}


def _file(draft: Draft, at: datetime) -> dict[str, Any]:
    if not draft.artifact:
        return {}
    return {
        "sha256": store.keep(draft.artifact),
        "size": len(draft.artifact),
        "file_state": FileState.VERIFIED,
        "file_checked_at": at,
    }
