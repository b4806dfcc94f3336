"""The demo plant's readings on their way: history first, then live, with nothing left out."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from smartmaint.embedded.gateway import Gateway
from smartmaint.embedded.plant.simulator import Plant

logger = logging.getLogger(__name__)

BATCH = 10_000  # readings that the API takes at once


@dataclass(frozen=True, kw_only=True)
class Stored:
    """What the product has of the plant's sensors; None where a sensor has no reading yet."""

    first: datetime | None
    newest: datetime | None


def stored_readings(gateway: Gateway, codes: set[str]) -> Stored:
    """Return from when and until when all of the plant's sensors have readings."""
    rows = [row for row in gateway.find_all("sensors/sensors") if row["sensor_id"] in codes]
    firsts = [datetime.fromisoformat(row["first_reading"]) for row in rows if row["first_reading"]]
    newest = [datetime.fromisoformat(row["last_reading"]) for row in rows if row["last_reading"]]
    return Stored(first=min(firsts, default=None), newest=min(newest) if len(newest) == len(codes) else None)


def begin_of_script(stored: Stored, *, at: datetime, history: timedelta, interval: float) -> datetime:
    """Return when the plant's faults begin: `history` after its first reading, also after a restart."""
    oldest = (at - history).timestamp() // interval * interval
    return (stored.first or datetime.fromtimestamp(oldest, UTC)) + history


def first_tick(plant: Plant, stored: Stored, *, at: datetime, history: timedelta) -> int:
    """Return the first tick that is still to be sent, at most `history` ago."""
    oldest = plant.tick_at(at - history)
    return oldest if stored.newest is None else max(oldest, plant.tick_at(stored.newest) + 1)


def run_feed(plant: Plant, gateway: Gateway, *, tick: int, clock: Callable[[], datetime]) -> None:
    """Send every tick from `tick` on as it falls due, until the gateway is told to stop.

    A tick is left behind only when the product has acknowledged it. The plant can tell any tick again, so
    what could not be sent during an outage needs no memory here; it follows in big batches.
    """
    while not gateway.stopping.is_set():
        due = plant.tick_at(clock())
        if tick > due:
            gateway.stopping.wait((plant.moment_of(tick) - clock()).total_seconds())
            continue
        last = min(due, tick + BATCH // len(plant.sensors) - 1)
        _send(plant, gateway, tick, last)
        tick = last + 1


def _send(plant: Plant, gateway: Gateway, first: int, last: int) -> None:
    answer = gateway.post_readings(readings_of(plant, first, last))
    if answer["rejected"]:
        logger.warning("%d readings were rejected: %s", answer["rejected"], answer["errors"][:3])
    if last - first > 1:
        logger.info("sent all readings up to %s", plant.moment_of(last).isoformat(timespec="seconds"))


def readings_of(plant: Plant, first: int, last: int) -> list[dict[str, Any]]:
    """Return the readings of the ticks `first` to `last` as the API wants them, in time order."""
    codes = [sensor.code for sensor in plant.sensors]
    return [
        {"sensor_id": code, "timestamp": timestamp, "value": value}
        for timestamp, row in zip(
            (plant.moment_of(tick).isoformat() for tick in range(first, last + 1)),
            plant.values(first, last).tolist(),
            strict=True,
        )
        for code, value in zip(codes, row, strict=True)
    ]
