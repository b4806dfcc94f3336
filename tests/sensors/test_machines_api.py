from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.core.exceptions import ValidationError
from django.db import connection

from sensors.models import Asset, Sensor, Site
from sensors.registration import save_machine
from tests.sensors.factories import AssetFactory, ReadingFactory, SensorFactory, SiteFactory

API = "/api/v1"


@pytest.fixture
def site(organization):
    return SiteFactory(organization=organization, code="north")


def test_it_creates_a_plant_from_the_top(api, organization):
    client = api("admin", "data:read")
    site = {"code": "north", "name": "North", "timezone": "America/Sao_Paulo", "country": "BR"}
    assert client.post(f"{API}/sites/", site).status_code == 201
    assert client.post(f"{API}/assets/", {"code": "P-1", "name": "Pump", "site": "north"}).status_code == 201
    asset = client.post(
        f"{API}/assets/", {"code": "P-1.motor", "name": "M", "site": "north", "parent": "P-1"}
    )
    assert asset.json()["parent"] == "P-1"
    sensor = client.post(f"{API}/sensors/", {"code": "v", "asset": "P-1.motor", "unit": "mm/s"})
    assert (sensor.status_code, sensor.json()["asset"]) == (201, "P-1.motor")
    assert Sensor.objects.get().organization == organization


@pytest.mark.parametrize(
    ("path", "body", "field"),
    [
        ("sites", {"name": "North"}, "code"),
        ("sites", {"code": "s", "name": "North", "timezone": "Mars/Olympus"}, "timezone"),
        ("assets", {"code": "P-1", "name": "Pump"}, "site"),
        ("assets", {"code": "P-1", "name": "Pump", "site": "south"}, "site"),
        ("assets", {"code": "P-1", "name": "Pump", "site": "north", "criticality": 9}, "criticality"),
        ("sensors", {"code": "v"}, "asset"),
        ("sensors", {"code": "v" * 129, "asset": "P-9"}, "code"),
    ],
)
def test_it_says_which_field_is_wrong(api, site, path, body, field):
    answer = api().post(f"{API}/{path}/", body)
    assert answer.status_code == 400
    assert answer["Content-Type"] == "application/problem+json"
    assert field in [error["field"] for error in answer.json()["errors"]]


def test_a_code_is_unique_within_an_organization(api, site, other_organization):
    body = {"code": "north", "name": "Second"}
    answer = api().post(f"{API}/sites/", body)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (409, "code")
    assert api(organization=other_organization).post(f"{API}/sites/", body).status_code == 201


def test_a_reference_to_another_organizations_row_is_refused(api, site, other_organization):
    AssetFactory(organization=other_organization, code="THEIRS")
    answer = api().post(f"{API}/sensors/", {"code": "v", "asset": "THEIRS"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "asset")


def test_it_changes_what_is_named_and_keeps_the_rest(api, site):
    answer = api().patch(f"{API}/sites/{site.pk}/", {"name": "Far north"})
    assert (answer.json()["name"], answer.json()["code"]) == ("Far north", "north")
    assert api().put(f"{API}/sites/{site.pk}/", {"name": "x"}).status_code == 400


def test_an_asset_cannot_be_below_itself(api, site, organization):
    top = AssetFactory(organization=organization, site=site, code="top")
    AssetFactory(organization=organization, site=site, code="part", parent=top)
    answer = api().patch(f"{API}/assets/{top.pk}/", {"parent": "part"})
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "parent")


@pytest.mark.django_db(transaction=True)
def test_two_changes_at_once_make_no_ring_of_assets():
    one = AssetFactory()
    two = AssetFactory(organization=one.organization, site=one.site)
    barrier = Barrier(2)

    def move(pair):
        row, parent = (Asset.objects.get(pk=asset.pk) for asset in pair)
        row.parent = parent
        barrier.wait(60)
        try:
            save_machine(row=row)
        except ValidationError:
            return "refused"
        finally:
            connection.close()
        return "moved"

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(move, [(one, two), (two, one)])) == ["moved", "refused"]


def test_it_deletes_what_nothing_depends_on(api, site, organization):
    asset = AssetFactory(organization=organization, site=site)
    assert api().delete(f"{API}/sites/{site.pk}/").status_code == 409
    assert api().delete(f"{API}/assets/{asset.pk}/").status_code == 204
    assert api().delete(f"{API}/sites/{site.pk}/").status_code == 204
    assert not Site.objects.exists()
    assert not Asset.objects.exists()


def test_a_sensors_readings_go_with_it(api, organization):
    reading = ReadingFactory(sensor=SensorFactory(organization=organization))
    kept = ReadingFactory()
    assert api().delete(f"{API}/sensors/{reading.sensor_id}/").status_code == 204
    assert list(Sensor.objects.all()) == [kept.sensor]


@pytest.mark.parametrize("path", ["sites", "assets", "sensors"])
def test_it_lists_by_code_in_pages_of_ones_own(api, organization, path):
    factory = {"sites": SiteFactory, "assets": AssetFactory, "sensors": SensorFactory}[path]
    for code in ("c", "a", "b"):
        factory(organization=organization, code=code)
    factory(code="theirs")
    page = api("data:read").get(f"{API}/{path}/", {"limit": 2}).json()
    assert [row["code"] for row in page["results"]] == ["a", "b"]
    rest = api("data:read").get(page["next"]).json()
    assert ([row["code"] for row in rest["results"]], rest["next"]) == (["c"], None)


def test_reading_is_not_writing(api, site):
    assert api("data:read").get(f"{API}/sites/{site.pk}/").status_code == 200
    assert api("data:read").patch(f"{API}/sites/{site.pk}/", {"name": "x"}).status_code == 403
