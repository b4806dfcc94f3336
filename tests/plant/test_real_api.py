"""The demo plant's gateway against the product's own API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from threading import Event

import pytest

from sensors.models import Asset, QuarantinedReading, Reading, Sensor, Site
from smartmaint.embedded.enrolment import enrol_plant
from smartmaint.embedded.feed import readings_of, stored_readings
from smartmaint.embedded.gateway import Gateway, Refused, connect
from smartmaint.embedded.plant.simulator import Plant
from smartmaint.embedded.plant.site import SITE
from tests.accounts.factories import ApiTokenFactory

pytestmark = pytest.mark.django_db(transaction=True)

NOW = datetime.now(UTC)
PLANT = Plant(seed=1, origin=NOW)
CODES = {sensor.code for sensor in PLANT.sensors}


@pytest.fixture
def gateway(live_server, organization) -> Iterator[Gateway]:
    ApiTokenFactory(organization=organization, secret="smt_plant")
    with connect(live_server.url, "smt_plant") as client:
        yield Gateway(client, Event())


def test_it_enrols_machines_and_sensors_with_what_people_need_to_know(gateway, organization):
    enrol_plant(gateway, interval=10.0)
    pump = Asset.objects.get(organization=organization, code="P-101")
    assert (pump.asset_class, pump.criticality, pump.parent.code) == ("pump", 1, "utilities")
    vibration = Sensor.objects.get(asset=pump, code="P-101-VIB")
    assert (vibration.unit, vibration.upper_limit, vibration.expected_interval) == ("mm/s", 7.1, 10.0)
    assert Site.objects.get(code=SITE.code).timezone == SITE.timezone


def test_enrolling_again_changes_nothing(gateway):
    enrol_plant(gateway, interval=10.0)
    Sensor.objects.filter(code="P-101-VIB").update(upper_limit=4.5)
    enrol_plant(gateway, interval=10.0)
    assert Sensor.objects.get(code="P-101-VIB").upper_limit == 4.5
    assert Sensor.objects.count() == len(CODES)


def test_all_readings_of_a_batch_are_stored_and_none_is_quarantined(gateway):
    enrol_plant(gateway, interval=10.0)
    last = PLANT.tick_at(NOW - timedelta(minutes=1))
    answer = gateway.post_readings(readings_of(PLANT, last - 400, last))
    assert answer["accepted"] == Reading.objects.count() == 401 * len(CODES)
    assert not QuarantinedReading.objects.exists()
    assert stored_readings(gateway, CODES).newest == PLANT.moment_of(last)


def test_what_is_sent_twice_is_stored_once(gateway):
    enrol_plant(gateway, interval=10.0)
    tick = PLANT.tick_at(NOW)
    for _ in range(2):
        answer = gateway.post_readings(readings_of(PLANT, tick, tick))
    assert (answer["accepted"], answer["duplicate"]) == (0, len(CODES))


def test_a_wrong_token_is_refused_with_the_reason(live_server):
    with connect(live_server.url, "wrong") as client, pytest.raises(Refused, match="401"):
        enrol_plant(Gateway(client, Event()), interval=10.0)
