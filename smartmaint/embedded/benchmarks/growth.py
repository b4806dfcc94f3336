"""What a growing store costs: the same figures with a million readings stored, and with many more."""

from __future__ import annotations

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
from django.db import connection

from sensors.storage.partitions import make_room
from sensors.storage.rollups import roll_up
from smartmaint.accounts.models import Membership, User
from smartmaint.accounts.services import add_member
from smartmaint.embedded.benchmarks import ingest_batch, ingest_single
from smartmaint.embedded.benchmarks.trial import Trial, trial

SENSORS = 1_000
SPAN = timedelta(days=90)
SMALL = 1_000_000
AT_ONCE = 50  # sensors in a statement
REPEATS = 30

# A reading of each sensor at even steps over the span, a slow wave with a little noise.
FILL = """
INSERT INTO sensors_reading (sensor_id, measured_at, value, quality)
SELECT sensor_id, %(since)s + number * %(step)s, 20 + 5 * sin(number / 100.0) + random(), 1
FROM unnest(%(sensors)s::bigint[]) AS sensor_id, generate_series(0, %(count)s - 1) AS number
ON CONFLICT DO NOTHING
"""
SUMMARIES = """
INSERT INTO sensors_sensorsummary AS summary
    (sensor_id, reading_count, first_reading_at, last_reading_at, last_value)
SELECT sensor_id, count(*), min(measured_at), max(measured_at),
    (array_agg(value ORDER BY measured_at DESC))[1]
FROM sensors_reading WHERE sensor_id = ANY(%(sensors)s) GROUP BY sensor_id
ON CONFLICT (sensor_id) DO UPDATE SET reading_count = EXCLUDED.reading_count,
    first_reading_at = EXCLUDED.first_reading_at, last_reading_at = EXCLUDED.last_reading_at,
    last_value = EXCLUDED.last_value, rolled_up_until = NULL
"""


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
            _fill(plant, count // SENSORS)
            figures[count] = _figures(plant, credentials["url"], seconds)
        return Growth(figures)


def _fill(plant: Trial, each: int) -> None:
    """Store `each` readings of each sensor in place of those before, and their summaries and roll-ups."""
    keys, at = list(plant.sensors.values()), datetime.now(UTC)
    plant.forget_readings()
    make_room([at - SPAN, at], at=at)
    for place in range(0, len(keys), AT_ONCE):
        values: dict[str, Any] = {
            "sensors": keys[place : place + AT_ONCE],
            "since": at - SPAN,
            "step": SPAN / each,
            "count": each,
        }
        with connection.cursor() as cursor:
            cursor.execute(FILL, values)
            cursor.execute(SUMMARIES, values)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE sensors_reading, sensors_sensorsummary")
    while roll_up(keys):
        pass
    _settle()


def _settle() -> None:
    """Write out the filling now, where the role may, or that would go on while the figures are taken."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_has_role('pg_checkpoint', 'USAGE')")
        if cursor.fetchone()[0]:
            cursor.execute("CHECKPOINT")


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
            figures[f"{name}, p95 ms"] = _p95(machine, path)
    with _visitor(plant, url) as person:
        for name, path in _pages(plant).items():
            figures[f"{name}, p95 ms"] = _p95(person, path)
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


def _p95(client: httpx.Client, path: str) -> float:
    client.get(path).raise_for_status()
    seconds = []
    for _ in range(REPEATS):
        began = time.perf_counter()
        client.get(path).raise_for_status()
        seconds.append(time.perf_counter() - began)
    return sorted(seconds)[int(REPEATS * 0.95)]


@contextmanager
def _visitor(plant: Trial, url: str) -> Iterator[httpx.Client]:
    """A browser in which a viewer of the plant is signed in."""
    name, password = plant.organization.slug, secrets.token_urlsafe(12)
    add_member(organization=plant.organization, username=name, password=password, role=Membership.Role.VIEWER)
    try:
        with httpx.Client(base_url=url, follow_redirects=True, timeout=60) as browser:
            browser.get("/sign-in/").raise_for_status()
            form = {"username": name, "password": password, "next": "/"}
            form["csrfmiddlewaretoken"] = browser.cookies["csrftoken"]
            browser.post("/sign-in/", data=form).raise_for_status()
            yield browser
    finally:
        User.objects.filter(username=name).delete()
