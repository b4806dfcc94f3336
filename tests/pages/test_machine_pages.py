from __future__ import annotations

import pytest

from reports.labels import label_of
from sensors.models import Sensor
from tests.sensors.factories import AssetFactory, SensorFactory


def test_the_list_is_a_tree(operator, plant):
    AssetFactory(
        organization=plant.asset.organization, site=plant.asset.site, parent=plant.asset, name="Motor"
    )
    rows = operator.get("/assets/").context["sites"][0][1]
    assert [(row.asset.name, row.depth) for row in rows] == [("Feed pump", 0), ("Motor", 1)]
    assert rows[0].health.score == 65


def test_the_list_can_be_searched(operator, plant, htmx):
    AssetFactory(organization=plant.asset.organization, name="Gearbox")
    found = operator.get("/assets/?q=gear", headers=htmx).content.decode()
    assert "Gearbox" in found
    assert "Feed pump" not in found
    assert "No asset fits" in operator.get("/assets/?q=zeppelin").content.decode()


def test_a_machine_tells_its_place_health_and_reasons(operator, plant):
    page = operator.get(f"/assets/{plant.asset.pk}/").content.decode()
    for words in ("65", plant.alert.summary, "1.90 to 2.40 is normal", "Inspect the pump", "no limit set"):
        assert words in page
    assert f'data-chart="/assets/{plant.asset.pk}/chart/"' in page


def test_a_machine_without_sensors_says_how_to_attach_one(operator, organization):
    asset = AssetFactory(organization=organization, code="P-7")
    assert "whose code begins with P-7" in operator.get(f"/assets/{asset.pk}/").content.decode()


def test_a_sensor_that_still_learns_says_how_many_readings_it_needs(operator, plant):
    answer = operator.get(f"/sensors/{plant.sensor.pk}/")
    needed = answer.context["needed"]
    assert 0 < answer.context["missing"] <= needed
    assert "before it judges" in answer.content.decode()


def test_a_sensor_without_readings_has_a_page(operator, plant):
    silent = SensorFactory(asset=plant.asset, organization=plant.asset.organization, code="new")
    assert "No reading yet" in operator.get(f"/sensors/{silent.pk}/").content.decode()


@pytest.mark.parametrize("kind", ["asset", "sensor"])
def test_another_organizations_page_is_not_there(outsider, plant, kind):
    assert outsider.get(f"/{kind}s/{getattr(plant, kind).pk}/").status_code == 404


def test_names_are_never_markup(operator, organization):
    AssetFactory(organization=organization, name="<script>alert(1)</script>")
    page = operator.get("/assets/").content.decode()
    assert "<script>alert(1)" not in page


@pytest.mark.parametrize(
    ("name", "kind", "label"),
    [("Drive end", "vibration", "Drive end"), ("", "vibration", "Vibration · P-1"), ("", "", "P-1")],
)
def test_a_sensor_can_be_told_from_its_like(name, kind, label):
    assert label_of(Sensor(code="P-1", name=name, kind=kind)) == label


def test_an_area_takes_its_health_from_its_worst_part(operator, plant):
    area = AssetFactory(organization=plant.asset.organization, site=plant.asset.site, name="Utilities")
    plant.asset.parent = area
    plant.asset.save()
    health = operator.get(f"/assets/{area.pk}/").context["health"]
    assert (health.score, health.reason[:10]) == (65, "Feed pump:")
    rows = operator.get("/assets/").context["sites"][0][1]
    assert [(row.asset.name, row.health.score) for row in rows] == [("Utilities", 65), ("Feed pump", 65)]
