"""What a growing store costs: the same figures with a million readings stored, and with many more."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from smartmaint.embedded.benchmarks import ingest_batch, ingest_single
from smartmaint.embedded.benchmarks.filling import SPAN, fill
from smartmaint.embedded.benchmarks.trial import Trial, trial
from smartmaint.embedded.benchmarks.visiting import p95, visitor

SENSORS = 1_000
SMALL = 1_000_000


@dataclass(frozen=True)
class Growth:
    """The figures by the number of readings stored: rates a second, and p95 in seconds of the answers."""

    figures: dict[int, dict[str, float]]

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {"change": self.change}

    @property
    def change(self) -> dict[str, float]:
        """How much worse each figure got: 0.1 is 10 % slower."""
        small, large = self.figures.values()
        return {
            name: (small[name] / large[name] if name.endswith("/s") else large[name] / small[name]) - 1
            for name in small
        }

    def told(self) -> str:
        (few, small), (many, large) = self.figures.items()
        lines = [f"growth: {'':<28} {few:>14,} {many:>14,}   change"]
        for name, change in self.change.items():
            scale = 1 if name.endswith("/s") else 1000
            lines.append(
                f"  {name:<34} {small[name] * scale:>14,.1f} {large[name] * scale:>14,.1f} {change:>+8.0%}"
            )
        return "\n".join(lines)


def measure(credentials: dict[str, Any], *, rows: int, seconds: float) -> Growth:
    """Measure with a million readings and with `rows`, all over the same 90 days of 1,000 sensors."""
    with trial(credentials["api_url"], sensors=SENSORS) as plant:
        figures = {}
        for count in (min(SMALL, rows // 2), rows):
            fill(plant, count // SENSORS)
            figures[count] = _figures(plant, credentials["url"], seconds)
        return Growth(figures)


def _figures(plant: Trial, url: str, seconds: float) -> dict[str, float]:
    batch = ingest_batch.measure(plant.api_url, seconds=seconds)
    single = ingest_single.measure(plant.api_url, seconds=seconds)
    figures = {
        "batch ingest, readings/s": batch.product,
        "bare statement, rows/s": batch.reference,
        "single ingest, readings/s": single.product,
    }
    headers = {"Authorization": f"Bearer {plant.token}"}
    with httpx.Client(base_url=plant.api_url, headers=headers, timeout=60) as machine:
        for name, path in _questions(plant).items():
            figures[f"{name}, p95 ms"] = p95(machine, path)
    with visitor(plant, url) as person:
        for name, path in _pages(plant).items():
            figures[f"{name}, p95 ms"] = p95(person, path)
    return figures


def _questions(plant: Trial) -> dict[str, str]:
    code = next(iter(plant.sensors))
    since = (datetime.now(UTC) - SPAN + timedelta(days=1)).isoformat().replace("+00:00", "Z")
    return {
        "last 1,000 readings": f"/api/v1/sensors/readings?sensor_id={code}&limit=1000",
        "90 days in 2,000 points": f"/api/v1/sensors/readings?sensor_id={code}&start_ts={since}&points=2000",
        "90 days by the day": f"/api/v1/sensors/readings?sensor_id={code}&start_ts={since}&bucket=1d",
        "sensors with their counts": "/api/v1/sensors/sensors",
    }


def _pages(plant: Trial) -> dict[str, str]:
    return {"overview page": "/", "sensor page": f"/sensors/{next(iter(plant.sensors.values()))}/"}
