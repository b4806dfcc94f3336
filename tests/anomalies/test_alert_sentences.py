"""What an open alert says when more is found: the worst sensor first, and none is lost."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anomalies.services import raise_alert
from tests.anomalies.factories import STARTED, finding, sensor_finding
from tests.sensors.factories import SensorFactory

pytestmark = pytest.mark.django_db
LATER = STARTED + timedelta(minutes=5)
FOREST = "An isolation forest finds the window odder than 99% of the earlier ones"
VIBRATION = "Vibration of P-101 has been 5.02 mm/s since 03:27; 1.9 to 2.4 is normal"
CURRENT = "Motor current of P-101 has averaged 39.8 A since 03:27; 38.5 to 41.7 A is normal"


@pytest.fixture
def vibration():
    return SensorFactory(code="P-101.vibration", name="Vibration", asset__code="P-101")


@pytest.fixture
def current(vibration):
    return SensorFactory(asset=vibration.asset, organization=vibration.organization, name="Motor current")


def found(sensor, reason: str, score: float, *opinions: str):
    one = sensor_finding(sensor, reason=reason, score=score)
    reasons = (reason, *opinions)
    return finding(sensor.asset, sensors=(one,), summary=reason, reasons=reasons, score=score)


def test_a_minor_sensor_that_joins_does_not_take_the_headline(vibration, current):
    raise_alert(finding=found(vibration, VIBRATION, 9.0, FOREST), at=LATER)
    alert = raise_alert(finding=found(current, CURRENT, 4.0), at=LATER)
    alert.refresh_from_db()
    assert alert.summary == f"2 sensors of P-101 moved. {VIBRATION}"
    assert alert.reasons == [VIBRATION, CURRENT, FOREST]


def test_a_worse_sensor_that_joins_takes_it(vibration, current):
    raise_alert(finding=found(current, CURRENT, 4.0), at=LATER)
    alert = raise_alert(finding=found(vibration, VIBRATION, 9.0), at=LATER)
    assert alert.summary == f"2 sensors of P-101 moved. {VIBRATION}"
    assert alert.reasons == [VIBRATION, CURRENT]


def test_a_sensor_that_gets_worse_says_so_once(vibration, current):
    raise_alert(finding=found(vibration, VIBRATION, 9.0), at=LATER)
    raise_alert(finding=found(current, CURRENT, 4.0), at=LATER)
    worse = VIBRATION.replace("5.02", "6.40")
    newer = FOREST.replace("99", "100")
    alert = raise_alert(finding=found(vibration, worse, 12.0, newer), at=LATER)
    assert alert.summary == f"2 sensors of P-101 moved. {worse}"
    assert alert.reasons == [worse, CURRENT, newer]


def test_the_count_stays_when_one_of_them_is_found_again(vibration, current):
    both = (
        sensor_finding(vibration, reason=VIBRATION, score=9.0),
        sensor_finding(current, reason=CURRENT, score=4.0),
    )
    raise_alert(finding=finding(vibration.asset, sensors=both, summary="2 sensors", score=9.0), at=LATER)
    alert = raise_alert(finding=found(current, CURRENT, 9.0), at=LATER)
    assert alert.summary.startswith("2 sensors of P-101 moved. ")
