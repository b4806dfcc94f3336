"""Pages live by the plant's clock, wherever the reader is."""

from __future__ import annotations

from datetime import UTC, date, datetime

import time_machine

from tests.sensors.factories import SiteFactory


def live_in(plant, zone: str) -> None:
    plant.asset.site.timezone = zone
    plant.asset.site.save()


def test_the_page_names_the_zone_that_all_sites_share(operator, plant):
    live_in(plant, "America/Sao_Paulo")
    SiteFactory(organization=plant.asset.organization, timezone="America/Sao_Paulo")
    page = operator.get("/").content.decode()
    assert 'data-zone="America/Sao_Paulo"' in page.split("<head>")[0]
    assert "Sao Paulo" in page


def test_where_sites_differ_each_machine_has_its_own(operator, plant):
    live_in(plant, "America/Sao_Paulo")
    SiteFactory(organization=plant.asset.organization, timezone="Europe/Berlin")
    page = operator.get(f"/alerts/{plant.alert.pk}/").content.decode()
    assert "data-zone" not in page.split("<head>")[0]
    assert 'id="alert" data-zone="America/Sao_Paulo"' in page


def test_another_organizations_sites_do_not_count(outsider, plant):
    assert "data-zone" not in outsider.get("/").content.decode().split("<head>")[0]


def test_today_is_the_plants_day(planner, plant):
    live_in(plant, "America/Sao_Paulo")
    with time_machine.travel(datetime(2026, 3, 2, 1, 30, tzinfo=UTC), tick=False):
        context = planner.get("/work/?view=days").context
    assert context["today"] == context["days"][0] == date(2026, 3, 1)
