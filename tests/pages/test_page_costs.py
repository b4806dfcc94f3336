"""Pages cost few queries, however large the plant is."""

from __future__ import annotations

import pytest

from anomalies.models import Alert, AlertSensor
from sensors.models import Asset, Sensor, SensorSummary
from tests.anomalies.factories import AlertFactory
from tests.maintenance.factories import QuestionFactory, TechnicianFactory
from tests.sensors.factories import AssetFactory, SensorFactory

FRAME = 8  # session, person, membership, and what the frame shows


@pytest.fixture
def big_plant(plant) -> None:
    """200 sensors on 50 machines, 500 alerts (50 of them open), 50 decisions, 20 technicians."""
    organization, site = plant.asset.organization, plant.asset.site
    assets = Asset.objects.bulk_create(AssetFactory.build_batch(50, organization=organization, site=site))
    sensors = Sensor.objects.bulk_create(
        SensorFactory.build(organization=organization, asset=assets[number % 50], code=f"S-{number}")
        for number in range(200)
    )
    SensorSummary.objects.bulk_create(SensorSummary(sensor=sensor, last_value=1) for sensor in sensors)
    alerts = Alert.objects.bulk_create(
        AlertFactory.build(asset=assets[number % 50], state="unacknowledged" if number < 50 else "normal")
        for number in range(500)
    )
    AlertSensor.objects.bulk_create(
        AlertSensor(alert=alert, sensor=sensors[alert.pk % 200], score=5, share=1, value=4, reason="high")
        for alert in alerts
    )
    QuestionFactory.create_batch(50, asset=plant.asset)
    TechnicianFactory.create_batch(20, site=site)


@pytest.mark.parametrize(
    ("address", "most"),
    [
        ("/", 45),  # of which 24 draw the lines of the worst tiles
        ("/alerts/", 6),
        ("/alerts/?state=closed", 6),
        ("/assets/", 6),
        ("/decisions/", 5),
        ("/work/", 5),
        ("/work/?view=days", 4),
        ("/my-work/", 3),
        ("/models/", 8),
    ],
)
def test_a_list_costs_few_queries(operator, big_plant, django_assert_max_num_queries, address, most):
    with django_assert_max_num_queries(FRAME + most):
        assert operator.get(address).status_code == 200


@pytest.mark.parametrize(("kind", "most"), [("asset", 12), ("sensor", 9), ("alert", 7)])
def test_a_detail_costs_few_queries(operator, plant, django_assert_max_num_queries, kind, most):
    with django_assert_max_num_queries(FRAME + most):
        assert operator.get(f"/{kind}s/{getattr(plant, kind).pk}/").status_code == 200


def test_the_bar_costs_few_queries(operator, big_plant, django_assert_max_num_queries):
    with django_assert_max_num_queries(FRAME):
        operator.get("/frame/")
