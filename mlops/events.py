"""What `mlops` tells."""

from __future__ import annotations

from dataclasses import dataclass

from smartmaint.events.event import Event


@dataclass(frozen=True, kw_only=True)
class TrainingRequested(Event):
    """A training waits for its worker."""

    job_id: int


@dataclass(frozen=True, kw_only=True)
class TrainingFinished(Event):
    """A training ended without breaking: promoted, kept, or not enough data."""

    job_id: int


@dataclass(frozen=True, kw_only=True)
class TrainingFailed(Event):
    """A training broke, or its worker was lost too often; the job says why in words."""

    job_id: int


@dataclass(frozen=True, kw_only=True)
class ModelRegistered(Event):
    """A version exists; it does not serve yet."""

    model_id: int
    version_id: int


@dataclass(frozen=True, kw_only=True)
class ModelTried(Event):
    """A version is the challenger from now on: it runs in shadow."""

    model_id: int
    version_id: int


@dataclass(frozen=True, kw_only=True)
class ModelPromoted(Event):
    """A version is the champion from now on."""

    model_id: int
    version_id: int


@dataclass(frozen=True, kw_only=True)
class ModelRolledBack(Event):
    """An earlier version is the champion again."""

    model_id: int
    version_id: int


@dataclass(frozen=True, kw_only=True)
class ModelRetired(Event):
    """A version is out of use."""

    model_id: int
    version_id: int


@dataclass(frozen=True, kw_only=True)
class ModelRefused(Event):
    """A version's file is not what was registered; `serving_id` serves now, or nothing does (None)."""

    model_id: int
    version_id: int
    serving_id: int | None
    reason: str


@dataclass(frozen=True, kw_only=True)
class DriftCheckAdvanced(Event):
    """A check of all sensors has come to this step; the next portion waits."""

    check_id: int
    step: int


@dataclass(frozen=True, kw_only=True)
class DriftChecked(Event):
    """A check for drift is done; its findings are judged."""

    check_id: int


@dataclass(frozen=True, kw_only=True)
class DriftDetected(Event):
    """What a scope says, or a model of it is given, has moved away from what was learnt."""

    check_id: int
    purpose: str
    scope: str
    finding_ids: list[int]
