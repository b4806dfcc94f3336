from __future__ import annotations

from datetime import UTC, datetime, timedelta

from sensors.incoming import IncomingReading
from sensors.services import store_readings
from tests.sensors.factories import SensorFactory

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def test_it_lists_what_is_stored_of_each_sensor(api, organization, other_organization):
    SensorFactory(organization=organization, code="Q-1.idle")
    SensorFactory(organization=other_organization, code="theirs")
    rows = [
        IncomingReading(sensor_id="P-1.flow", value=n, timestamp=AT - timedelta(hours=n)) for n in range(3)
    ]
    store_readings(organization=organization, readings=rows, at=AT)
    assert api("data:read").get("/api/v1/sensors/sensors").json()["results"] == [
        {
            "sensor_id": "P-1.flow",
            "reading_count": 3,
            "first_reading": "2026-03-02T10:00:00+00:00",
            "last_reading": "2026-03-02T12:00:00+00:00",
        },
        {"sensor_id": "Q-1.idle", "reading_count": 0, "first_reading": None, "last_reading": None},
    ]


def test_it_asks_the_database_a_fixed_number_of_times(api, organization, django_assert_max_num_queries):
    SensorFactory.create_batch(20, organization=organization)
    client = api("data:read")
    client.get("/api/v1/sensors/sensors")
    with django_assert_max_num_queries(2):
        client.get("/api/v1/sensors/sensors")


def test_it_lists_one_sensor_on_request(api, organization):
    SensorFactory(organization=organization, code="Q-1.idle")
    SensorFactory(organization=organization, code="P-1.flow")
    answer = api("data:read").get("/api/v1/sensors/sensors?sensor_id=P-1.flow").json()
    assert [row["sensor_id"] for row in answer["results"]] == ["P-1.flow"]


def test_it_says_that_a_code_cannot_be_one(api, organization):
    answer = api("data:read").get("/api/v1/sensors/sensors?sensor_id=%00")
    assert answer.status_code == 400
    assert [error["field"] for error in answer.json()["errors"]] == ["sensor_id"]
