from __future__ import annotations

from datetime import timedelta

import pytest

from anomalies.cases import similar_cases
from anomalies.services.learning import remember_case
from sensors.models import Reading
from tests.anomalies.factories import STARTED, AlertFactory, AlertSensorFactory
from tests.sensors.factories import AssetFactory, SensorFactory


def alarm(asset, course, kind="vibration", **values):
    """An alert of a sensor of this kind that showed `course` over the six hours before."""
    alert = AlertFactory(asset=asset, **values)
    sensor = SensorFactory(organization=asset.organization, asset=asset, kind=kind)
    AlertSensorFactory(alert=alert, sensor=sensor)
    begin, step = alert.started_at - timedelta(hours=6), timedelta(hours=6) / len(course)
    Reading.objects.bulk_create(
        Reading(sensor=sensor, measured_at=begin + (row + 1) * step, value=value)
        for row, value in enumerate(course)
    )
    return alert


RISING = [2.0 + row / 20 for row in range(40)]
JUMP = [2.0] * 38 + [9.0, 9.0]
FALLING = [4.0 - row / 20 for row in range(40)]


@pytest.fixture
def pump(organization):
    return AssetFactory(organization=organization)


def closed(asset, caller, course, notes, **values):
    alert = alarm(asset, course, **values, state="normal")
    return remember_case(alert=alert, by=caller, at=STARTED, finding="true", failure_mode="VIB", notes=notes)


def test_the_likest_case_comes_first_and_says_what_it_was(organization, pump, caller):
    other_pump = AssetFactory(organization=organization, site=pump.site)
    motor = AssetFactory(organization=organization, site=pump.site, asset_class="motor")
    same = closed(pump, caller, RISING, "Bearing replaced.")
    like = closed(other_pump, caller, RISING, "Coupling aligned.")
    closed(motor, caller, FALLING, "Fan cleaned.", kind="temperature")
    found = similar_cases(alarm(pump, RISING))
    assert [one.case for one in found] == [same, like]
    assert found[0].likeness.reasons == (
        "the same machine",
        "vibration moved",
        "the course before it was alike",
    )
    assert found[1].likeness.reasons[0] == "also a pump"
    assert found[0].mode == "vibration"


def test_of_one_machine_the_like_course_comes_first(pump, caller):
    closed(pump, caller, JUMP, "Belt torn.")
    slow = closed(pump, caller, RISING, "Bearing replaced.")
    assert similar_cases(alarm(pump, RISING))[0].case == slow


def test_another_kind_of_trouble_is_no_similar_case(organization, pump, caller):
    fan = AssetFactory(organization=organization, site=pump.site, asset_class="fan")
    closed(fan, caller, FALLING, "Cable repaired.", kind="current", cause="sensor_stuck")
    assert similar_cases(alarm(pump, RISING)) == []


def test_another_organizations_cases_are_not_seen(pump, caller, other_organization):
    closed(AssetFactory(organization=other_organization), caller, RISING, "Secret.")
    assert similar_cases(alarm(pump, RISING)) == []
