"""How fast a replay is: minutes of work, so only with SMARTMAINT_REPLAY_SPEED=1 (-s shows the figures)."""

from __future__ import annotations

import os
import resource
from datetime import timedelta

import pytest
from django.db import connection

from anomalies.detection.wishes import Wish
from anomalies.models import Replay
from anomalies.replaying.running import start_replay
from smartmaint.events.testing import drain
from tests.anomalies.learning.plant import END
from tests.sensors.factories import AssetFactory, SensorFactory

ASSETS, SENSORS, DAYS, MINUTES = 50, 4, 30, 15

FILL = """
    INSERT INTO sensors_reading (sensor_id, measured_at, value, quality)
    SELECT sensor.id, moment, 25 + random() + random() + random() + random(), 1
    FROM sensors_sensor AS sensor, generate_series(%s, %s, %s::interval) AS moment
"""


@pytest.mark.skipif(not os.environ.get("SMARTMAINT_REPLAY_SPEED"), reason="long: SMARTMAINT_REPLAY_SPEED=1")
def test_a_month_of_a_plant_is_replayed_in_minutes(organization, caller):
    assets = AssetFactory.create_batch(ASSETS, organization=organization)
    for asset in assets:
        SensorFactory.create_batch(SENSORS, organization=organization, asset=asset)
    with connection.cursor() as cursor:
        cursor.execute(FILL, [END - timedelta(days=DAYS), END, f"{MINUTES} minutes"])
    wish = Wish("calm", 1, "month")
    start_replay(organization_id=organization.pk, scope="organization", days=30, at=END, by=caller, wish=wish)
    drain(2000)
    done = Replay.objects.get()
    rate, days = done.readings / done.seconds, 60 * done.asset_days / done.seconds
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{done.readings} readings, {done.step} steps, {done.seconds:.0f} s: {rate:.0f} readings/s,")
    print(
        f"{days:.0f} machine-days a minute, {days / ASSETS:.1f} days of this plant; {memory:.0f} MB at most"
    )
    assert rate > 1000
