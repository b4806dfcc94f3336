"""What the daily check for drift costs: minutes, so only with SMARTMAINT_DRIFT_SPEED=1000, the sensors."""

from __future__ import annotations

import os
import resource
import time
from collections import defaultdict
from datetime import timedelta

import pytest
from django.db import connection

from anomalies.drifting.checks import advance_check, start_check
from mlops.models import DriftCheck
from sensors.models import SensorSummary
from sensors.storage.months import months_between
from sensors.storage.partitions import attach_month
from tests.anomalies.drifting.history import NOW
from tests.sensors.factories import AssetFactory, SensorFactory

WANTED = int(os.environ.get("SMARTMAINT_DRIFT_SPEED", "0"))
SENSORS, DAYS = 4, 60  # of a machine; of readings

FILL = """
    INSERT INTO sensors_reading (sensor_id, measured_at, value, quality)
    SELECT sensor.id, moment,
        25 + 2 * sin(extract(epoch FROM moment) * pi() / 43200) + random() + random() + random(), 1
    FROM sensors_sensor AS sensor, generate_series(%s, %s, interval '20 minutes') AS moment
"""


@pytest.fixture
def plant(organization):
    since = NOW - timedelta(days=DAYS)
    for asset in AssetFactory.create_batch(WANTED // SENSORS, organization=organization):
        for sensor in SensorFactory.create_batch(SENSORS, organization=organization, asset=asset):
            SensorSummary.objects.create(
                sensor=sensor, reading_count=DAYS * 72, first_reading_at=since, last_reading_at=NOW
            )
    for month in months_between(since, NOW):
        attach_month(month, at=NOW)
    with connection.cursor() as cursor:
        cursor.execute(FILL, [since, NOW])
        cursor.execute("ANALYZE sensors_reading")
    return organization


def walked(organization, spent: dict[str, list[float]]) -> list[float]:
    """Let a whole check run; return the seconds of each portion, and note those of each statement."""

    def timed(execute, sql, params, many, context):
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            spent[sql[:200]].append(time.perf_counter() - started)

    check = start_check(organization_id=organization.pk, cause="hand", by="tests", at=NOW)
    portions, going = [], True
    with connection.execute_wrapper(timed):
        while going:
            begun, step = time.perf_counter(), len(portions)
            going = advance_check(organization_id=organization.pk, check_id=check.pk, step=step, at=NOW)
            portions.append(time.perf_counter() - begun)
    return portions


@pytest.mark.skipif(not WANTED, reason="long: SMARTMAINT_DRIFT_SPEED=1000")
@pytest.mark.django_db
def test_a_thousand_sensors_are_looked_at_in_minutes(plant):
    spent: dict[str, list[float]] = defaultdict(list)
    before = resource.getrusage(resource.RUSAGE_SELF)
    portions = walked(plant, spent)
    after, check = resource.getrusage(resource.RUSAGE_SELF), DriftCheck.objects.get()
    took, own = sum(portions), after.ru_utime - before.ru_utime
    print(f"\n{check.looked} sensors in {took:.1f} s, {len(portions)} portions up to {max(portions):.1f} s;")
    print(f"{own:.1f} s of this process, {sum(map(sum, spent.values())):.1f} s waiting for the database,")
    print(f"{sum(map(len, spent.values()))} statements, {check.drifted} drifted,")
    print(f"{after.ru_maxrss / 1024:.0f} MB at most, {(after.ru_maxrss - before.ru_maxrss) / 1024:.0f} more")
    for sql, times in sorted(spent.items(), key=lambda one: -sum(one[1]))[:8]:
        print(f"{len(times)} times {1000 * sum(times) / len(times):.1f} ms: {' '.join(sql.split())[:120]}")
    assert (check.state, check.looked) == ("done", WANTED)
