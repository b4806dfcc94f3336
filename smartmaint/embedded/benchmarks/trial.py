"""A plant that exists for one benchmark: an organization, a token and sensors, all gone afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from django.db import IntegrityError, OperationalError, connection
from django.db.models import Model, ProtectedError, QuerySet
from psycopg.errors import DeadlockDetected

from anomalies.models import Alert
from maintenance.models import Decision, MaintenanceTask, Technician
from sensors.api.reference import BENCHMARK
from sensors.models import Asset, Sensor, Site
from sensors.services import ensure_asset, ensure_sensor
from smartmaint.accounts.models import Organization
from smartmaint.accounts.scopes import ADMIN, DATA_INGEST, DATA_READ
from smartmaint.accounts.services import create_organization, create_token
from smartmaint.embedded.benchmarks import load

SENSORS = 50


class Refused(RuntimeError):
    """The product did not take what was sent; the message is its answer."""


@dataclass(frozen=True)
class Answers:
    """How requests were answered, over `seconds`; latencies in seconds."""

    seconds: float
    answered: int
    statuses: dict[str, int]
    p50: float
    p99: float
    worst: float
    refusal: str

    @property
    def good(self) -> int:
        return self.statuses.get("200", 0)


@dataclass(frozen=True)
class Trial:
    """An organization with `sensors` (primary keys by code), which the product at `api_url` serves.

    `moments` are instants of the last hour, a millisecond apart: each is given out once, in order.
    """

    organization: Organization
    token: str
    api_url: str
    sensors: dict[str, int]
    moments: Iterator[datetime]

    def send(self, path: str, bodies: Iterable[bytes], *, connections: int, seconds: float) -> Answers:
        """POST each body once, from a process of its own, until the time is over.

        Raises:
            Refused: there was no answer at all.
        """
        address = urlsplit(self.api_url)
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "bodies"
            file.write_bytes(b"".join(body + b"\n" for body in bodies))
            order = {
                "host": address.hostname,
                "port": address.port or 80,
                "path": f"/api/v1/{path}",
                "token": self.token,
                "connections": connections,
                "seconds": seconds,
                "bodies": str(file),
            }
            return Answers(**_run(order))

    def count_readings(self) -> int:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM sensors_reading WHERE sensor_id = ANY(%s)",
                [list(self.sensors.values())],
            )
            return cursor.fetchone()[0]

    def forget_readings(self) -> None:
        """Empty the sensors, so that the next part finds what this one found."""
        keys = [list(self.sensors.values())]
        with connection.cursor() as cursor:
            for table in ("sensors_reading", "sensors_sensorsummary", "sensors_stalespan"):
                cursor.execute(f"DELETE FROM {table} WHERE sensor_id = ANY(%s)", keys)  # noqa: S608


def _run(order: dict[str, Any]) -> dict[str, Any]:
    command = [sys.executable, "-I", "-S", load.__file__]
    done = subprocess.run(  # noqa: S603
        command, input=json.dumps(order), capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise Refused(done.stderr.strip().rpartition("\n")[2])
    return json.loads(done.stdout)


@contextmanager
def trial(api_url: str, *, sensors: int = SENSORS, machines: int = 1) -> Iterator[Trial]:
    """Make the plant, with its sensors on so many machines, and remove it with all that came of it."""
    at = datetime.now(UTC)
    slug = f"{BENCHMARK}{uuid4().hex[:8]}"
    organization = create_organization(slug=slug, name="Benchmark", at=at)
    try:
        _, secret = create_token(
            organization=organization, name="benchmark", scopes=[DATA_INGEST, DATA_READ, ADMIN]
        )
        keys = _make_sensors(organization, sensors, machines)
        yield Trial(organization, secret, api_url, keys, _moments(at - timedelta(minutes=55)))
    finally:
        remove(organization)


def _make_sensors(organization: Organization, count: int, machines: int) -> dict[str, int]:
    names = ["bench", *(f"bench-{number}" for number in range(1, machines))]
    assets = [ensure_asset(organization=organization, code=name) for name in names]
    places = [(f"bench.s{number}", assets[number * machines // count]) for number in range(count)]
    return {
        code: ensure_sensor(organization=organization, code=code, asset=asset).pk for code, asset in places
    }


def _moments(first: datetime) -> Iterator[datetime]:
    while True:
        yield first
        first += timedelta(milliseconds=1)


def remove(organization: Organization) -> None:
    """Delete the organization with its sensors, what they said and what was made of it.

    Agents may be at work on it still: what they add is deleted in the next attempt.
    """
    mine: list[QuerySet[Any]] = [
        model._default_manager.filter(organization=organization)
        for model in (MaintenanceTask, Technician, Decision, Alert, Sensor, Asset, Site)
    ]
    for rows in [*mine, Organization.objects.filter(pk=organization.pk)]:
        while rows.exists():
            _try_to_delete(rows)


def _try_to_delete(rows: QuerySet[Any]) -> None:
    try:
        _delete(rows)
    except IntegrityError:
        return
    except OperationalError as error:
        if not isinstance(error.__cause__, DeadlockDetected):
            raise


def _delete(rows: QuerySet[Any] | Model) -> None:
    """Delete the rows after those that protect them."""
    try:
        rows.delete()
    except ProtectedError as error:
        for row in error.protected_objects:
            _delete(row)
