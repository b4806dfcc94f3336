"""A reader in Tokyo sees the times of a plant in Berlin: in words, on charts, over the change of clocks."""

from __future__ import annotations

import re
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from tests.conftest import member
from tests.sensors.factories import SiteFactory

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

BERLIN = "Europe/Berlin"
FAR = {"timezone_id": "Asia/Tokyo"}
CHANGES = [
    ("2026-03-29T00:59:00Z", "2026-03-29T01:59:00.000"),
    ("2026-03-29T01:00:00Z", "2026-03-29T03:00:00.000"),
    ("2026-10-25T00:30:00Z", "2026-10-25T02:30:00.000"),
    ("2026-10-25T01:30:00Z", "2026-10-25T02:30:00.000"),
    ("2026-10-25T02:30:00Z", "2026-10-25T03:30:00.000"),
]

# As it is half past midnight of 30 March in Berlin.
NAMED = {
    "2026-03-29T20:00:00Z": "yesterday, 22:00",
    "2026-03-30T05:00:00Z": "today, 07:00",
    "2026-03-30T22:30:00Z": "tomorrow, 00:30",
    "2026-04-02T10:00:00Z": "2 Apr, 12:00",
    "2025-03-30T10:00:00Z": "30 Mar 2025, 12:00",
}
WRITTEN = """moments => moments.map((moment) => {
  const element = document.createElement("time");
  Object.assign(element, { dateTime: moment }).dataset.form = "datetime";
  document.body.append(element);
  document.dispatchEvent(new CustomEvent("htmx:load", { detail: { elt: element } }));
  return element.textContent;
})"""


@pytest.fixture
def reader(organization, plant):
    plant.asset.site.timezone = BERLIN
    plant.asset.site.save()
    return member(organization, "operator")


def at_the_plant(moment) -> str:
    return f"{moment.astimezone(ZoneInfo(BERLIN)):%H:%M}"


def test_words_are_written_by_the_plants_clock(open_page, reader, plant):
    page = open_page(reader, f"/alerts/{plant.alert.pk}/", **FAR)
    began = page.locator('#alert header time[data-form="datetime"]').first
    expect(began).to_contain_text(at_the_plant(plant.alert.started_at))
    assert began.get_attribute("title").endswith("UTC")
    expect(page.locator(".plant-clock")).to_contain_text("Berlin")
    now = page.locator(".plant-clock [data-clock]").inner_text()
    assert now in {at_the_plant(timezone.now() - timedelta(minutes=ago)) for ago in (0, 1)}


def test_where_sites_differ_a_time_names_its_zone(open_page, reader, plant):
    SiteFactory(organization=plant.asset.organization, timezone="America/Sao_Paulo")
    page = open_page(reader, f"/alerts/{plant.alert.pk}/", **FAR)
    began = page.locator('#alert header time[data-form="datetime"]').first
    expect(began).to_have_text(re.compile(rf"{at_the_plant(plant.alert.started_at)} (CES?T|GMT\+)"))


def test_a_chart_and_its_zoom_use_it_too(open_page, reader, plant):
    page = open_page(reader, f"/sensors/{plant.sensor.pk}/?range=1h", **FAR)
    page.wait_for_selector('.chart[data-state="drawn"]')
    end = page.evaluate("document.querySelector('.chart').layout.xaxis.range[1]")
    assert end[11:16] in {at_the_plant(timezone.now() - timedelta(minutes=ago)) for ago in (0, 1, 2)}
    with page.expect_request(lambda request: "from=" in request.url) as asked:
        page.evaluate(
            "Plotly.relayout(document.querySelector('.chart'), "
            "{'xaxis.range[0]': '2026-07-01 12:00', 'xaxis.range[1]': '2026-07-01 13:00'})"
        )
    assert "from=2026-07-01T10%3A00" in asked.value.url


def test_moments_are_right_on_both_sides_of_a_change(open_page, reader):
    page = open_page(reader, "/assets/", live=False, **FAR)
    for instant, wall in CHANGES:
        assert page.evaluate(f"zones.wall('{instant}', '{BERLIN}')") == wall
        back = page.evaluate(f"zones.instant('{wall.replace('T', ' ')}', '{BERLIN}')")
        assert page.evaluate(f"zones.wall('{back}', '{BERLIN}')") == wall


def test_a_near_day_has_a_name_and_another_year_its_number(open_page, reader):
    page = open_page(reader, "/assets/", live=False, **FAR)
    page.clock.set_fixed_time("2026-03-29T22:30:00Z")
    assert page.evaluate(WRITTEN, list(NAMED)) == list(NAMED.values())
