"""After maintenance a new normal may begin: what was known is put away and learnt anew."""

from __future__ import annotations

import pytest

from anomalies.bands import learners, learning_progress, normal_band
from anomalies.models import Alert, Baseline
from anomalies.services.baselines import restart_baseline
from smartmaint.accounts.problems import Unprocessable
from smartmaint.events.models import EventRecord
from tests.anomalies.feeding import feed, moment
from tests.mlops.signals import noise
from tests.sensors.factories import AssetFactory, SensorFactory

WHY = "new bearing"


@pytest.fixture
def sensor(organization):
    return SensorFactory(organization=organization, asset=AssetFactory(organization=organization))


def restart(sensor, row, reason=WHY):
    organization_id = sensor.organization_id
    at = moment(row)
    restart_baseline(organization_id=organization_id, sensors=[sensor], actor="Ana", reason=reason, at=at)


def test_what_was_normal_is_forgotten_and_learnt_from_later_readings(sensor):
    feed(sensor, noise(450))
    assert normal_band(sensor, [moment(450)])
    restart(sensor, 450)
    assert learning_progress(sensor) == (0, 400)
    assert normal_band(sensor, [moment(450)]) is None
    feed(sensor, noise(50) + 20, start=451)
    assert learning_progress(sensor) == (50, 400)


def test_a_new_level_raises_no_alert_after_it(sensor):
    feed(sensor, noise(600))
    restart(sensor, 600)
    feed(sensor, noise(500, seed=1) + 20, start=601)
    assert not Alert.objects.exists()


def test_without_it_the_new_level_raises_one(sensor):
    feed(sensor, noise(600))
    feed(sensor, noise(100, seed=1) + 20, start=600)
    assert Alert.objects.count() == 1


def test_what_is_open_ends(sensor):
    feed(sensor, noise(600))
    feed(sensor, noise(20, seed=1) + 20, start=600)
    assert Alert.objects.get().ended_at is None
    restart(sensor, 620)
    assert Alert.objects.get().ended_at == moment(619)


def test_history_that_is_filled_in_teaches_the_old_normal_to_nobody(sensor):
    feed(sensor, noise(450), start=500)
    restart(sensor, 950)
    feed(sensor, noise(400), start=50, late=True)
    assert learning_progress(sensor)[0] == 0


def test_who_and_why_stay_on_record(sensor):
    restart(sensor, 10)
    row = Baseline.objects.get()
    assert (row.sensor, row.actor, row.reason, row.at) == (sensor, "Ana", WHY, moment(10))
    told = EventRecord.objects.get(name="anomalies.BaselineRestarted")
    assert told.payload["sensor_ids"] == [sensor.pk]


def test_a_reason_is_asked_for(sensor):
    with pytest.raises(Unprocessable, match="why"):
        restart(sensor, 10, reason=" ")


def test_an_operator_asks_for_it_on_the_page(sensor, operator):
    feed(sensor, noise(450))
    address = f"/sensors/{sensor.pk}/baseline/"
    assert operator.post(address, {"reason": ""}).status_code == 422
    assert operator.post(address, {"reason": WHY}).status_code == 302
    page = operator.get(f"/sensors/{sensor.pk}/").content.decode()
    assert "0 of 400" in page
    assert WHY in page


def test_all_sensors_of_a_machine_begin_anew(sensor, operator):
    other = SensorFactory(organization=sensor.organization, asset=sensor.asset)
    feed(sensor, noise(450))
    assert [one.sensor for one in learners([sensor, other])] == [other]
    assert operator.post(f"/assets/{sensor.asset_id}/baseline/", {"reason": WHY}).status_code == 302
    assert [one.sensor for one in learners([sensor, other])] == [sensor, other]
    assert Baseline.objects.count() == 2


def test_a_machine_without_sensors_says_so(organization, operator):
    asset = AssetFactory(organization=organization)
    answer = operator.post(f"/assets/{asset.pk}/baseline/", {"reason": WHY})
    assert (answer.status_code, "no sensor" in answer.content.decode()) == (422, True)
