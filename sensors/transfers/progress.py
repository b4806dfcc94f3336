"""How far an import is, in numbers that people ask for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sensors.models import Import

STALLED_AFTER = timedelta(minutes=2)


@dataclass(frozen=True)
class Progress:
    """`share` from 0 to 1, None where the size is not known yet; `rate` in rows a second since the start.

    `seconds_left` is None where it cannot be told; `stalled`: it runs, and nothing moved for two minutes.
    """

    share: float | None
    rate: float | None
    seconds_left: float | None
    stalled: bool


def progress_of(job: Import, at: datetime) -> Progress:
    if job.state == Import.State.DONE:
        return Progress(1.0, _rate(job), None, stalled=False)
    share = min(job.position / job.table_size, 1.0) if job.table_size else None
    running = job.state == Import.State.RUNNING
    stalled = bool(running and job.moved_at and at - job.moved_at > STALLED_AFTER)
    rate = _rate(job)
    left = None
    if running and rate and share and not stalled:
        left = job.rows * (1 - share) / share / rate
    return Progress(share, rate, left, stalled)


def _rate(job: Import) -> float | None:
    if job.started_at is None or job.moved_at is None:
        return None
    seconds = (job.moved_at - job.started_at).total_seconds()
    return (job.rows - job.started_rows) / seconds if seconds > 0 and job.rows > job.started_rows else None
