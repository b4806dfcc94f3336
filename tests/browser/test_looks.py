"""Every page on a phone, a desk and a wall: nothing sticks out, and neither the page nor axe complains.

Pictures are kept."""

from __future__ import annotations

import pytest

from smartmaint.events.models import EventRecord
from tests.browser import learned
from tests.browser.axe import complaints_of_axe
from tests.browser.conftest import PICTURES
from tests.conftest import member
from tests.pages.conftest import Plant

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

ADDRESSES = {
    "overview": "/",
    "alarms": "/alerts/",
    "alarm": "/alerts/{plant.alert.pk}/",
    "machines": "/assets/",
    "machine": "/assets/{plant.asset.pk}/",
    "sensor": "/sensors/{plant.sensor.pk}/",
    "decisions": "/decisions/",
    "work": "/work/",
    "days": "/work/?view=days",
    "my-work": "/my-work/",
    "models": "/models/",
    "model": "/models/{learned.model.pk}/",
    "drift": "/models/drift/",
    "replays": "/replays/",
    "replay": "/replays/{learned.replay.pk}/",
    "forecast": "/sensors/{plant.sensor.pk}/forecast/",
    "task": "/work/{plant.task.uid}/",
    "quarantine": "/quarantine/",
    "system": "/system/",
    "settings": "/settings/",
    "trace": "/trace/{trace}/",
}
LEARNED = ("overview", "alarm", "machine", "sensor", "models", "model", "drift", "replay", "forecast")
SMALL_TARGETS = """() => [...document.querySelectorAll('button, .button, .tab, .bottom-link, select')]
    .filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 36)
    .map((one) => one.outerHTML.slice(0, 80))"""

NAMELESS = """() => [...document.querySelectorAll('button, a, input:not([type=hidden]), select, textarea')]
    .filter((one) => one.checkVisibility())
    .filter((one) => !(one.textContent.trim() || one.ariaLabel || one.labels?.length))
    .map((one) => one.outerHTML)"""

FOR_NOTHING = """() => document.documentElement.scrollHeight
    - Math.max(innerHeight, document.querySelector('.frame').offsetHeight)"""


def address_of(name: str, plant: Plant) -> str:
    trace = EventRecord.objects.earliest("published_at").correlation_id
    known = learned.by(plant) if name in LEARNED else None
    return ADDRESSES[name].format(plant=plant, trace=trace, learned=known)


def picture(page, name: str) -> None:
    PICTURES.mkdir(exist_ok=True)
    page.wait_for_load_state("networkidle")
    page.screenshot(path=PICTURES / f"{name}.png")


@pytest.mark.parametrize("name", ADDRESSES)
def test_in_the_dark_on_a_phone_it_fits_and_axe_finds_nothing(
    open_page, organization, plant, complaints, name
):
    look = {"size": "phone", "has_touch": True, "color_scheme": "dark"}
    page = open_page(member(organization, "admin"), address_of(name, plant), **look)
    picture(page, f"{name}-phone")
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate(FOR_NOTHING) == 0  # pixels to scroll to
    assert page.locator(".no-phone:visible").count() == 0
    assert page.evaluate(SMALL_TARGETS) == []
    assert complaints_of_axe(page) == []
    assert complaints == []


@pytest.mark.parametrize("name", ADDRESSES)
def test_it_fits_a_wall_and_axe_finds_nothing_on_a_desk(open_page, organization, plant, complaints, name):
    admin, address = member(organization, "admin"), address_of(name, plant)
    assert complaints_of_axe(open_page(admin, address, color_scheme="light")) == []
    wall = f"{address}{'&' if '?' in address else '?'}wall=1"
    page = open_page(admin, wall, size="wall", color_scheme="dark")
    picture(page, f"{name}-wall")
    assert page.evaluate("document.documentElement.scrollWidth") == 1920
    assert page.locator(".rail").is_hidden()
    assert complaints == []


@pytest.mark.parametrize("name", ["overview", "alarm", "decisions"])
def test_it_can_be_reached_by_landmarks_and_names(open_page, organization, plant, name):
    page = open_page(member(organization, "admin"), address_of(name, plant))
    picture(page, f"{name}-desk")
    assert page.locator("main").count() == page.locator("h1").count() == 1
    assert page.evaluate(NAMELESS) == []
