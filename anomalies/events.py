"""What `anomalies` tells."""

from __future__ import annotations

from dataclasses import dataclass

from smartmaint.events.event import Event


@dataclass(frozen=True, kw_only=True)
class AlertRaised(Event):
    """An alert was opened for an asset and a cause; it waits for validation."""

    alert_id: int


@dataclass(frozen=True, kw_only=True)
class AlertConfirmed(Event):
    """The evidence supports the alert: something should be done about it."""

    alert_id: int


@dataclass(frozen=True, kw_only=True)
class AlertDismissed(Event):
    """The evidence speaks against the alert; it pages nobody."""

    alert_id: int


@dataclass(frozen=True, kw_only=True)
class AlertUpdated(Event):
    """An open alert got worse, gained a sensor, or was changed by a person (acknowledged, commented, ...)."""

    alert_id: int
    change: str


@dataclass(frozen=True, kw_only=True)
class AlertEnded(Event):
    """The asset is back to normal, by itself or because a person resolved the alert."""

    alert_id: int


@dataclass(frozen=True, kw_only=True)
class ReplayAdvanced(Event):
    """A replay was asked for, or took a step; the next one waits for a worker."""

    replay_id: int
    step: int


@dataclass(frozen=True, kw_only=True)
class ReplayFinished(Event):
    """A replay has its result."""

    replay_id: int


@dataclass(frozen=True, kw_only=True)
class BaselineRestarted(Event):
    """Somebody said that what was normal for these sensors is normal no more: they are learnt anew."""

    sensor_ids: list[int]
    actor: str
    reason: str
