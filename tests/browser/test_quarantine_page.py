"""The quarantine by hand, on a phone: tick, discard, undo, send all again, correct one."""

from __future__ import annotations

import pytest

from sensors.models import QuarantinedReading, Reading
from tests.browser.conftest import elsewhere
from tests.browser.test_looks import NAMELESS, SMALL_TARGETS
from tests.conftest import member
from tests.sensors.factories import QuarantinedReadingFactory

pytestmark = [
    pytest.mark.browser,
    pytest.mark.xdist_group("browser"),
    pytest.mark.django_db(transaction=True),
]


def refuse(organization) -> None:
    """Keep three readings, of which the first is no number."""
    for minute, value in enumerate(["1,5", 1.6, 1.7]):
        payload = {"sensor_id": "P-1.flow", "value": value, "timestamp": f"2026-03-02T11:0{minute}:00Z"}
        QuarantinedReadingFactory(organization=organization, sensor_code="P-1.flow", payload=payload)


def left() -> tuple[int, int]:
    """Return how many readings are stored, and how many wait."""
    return Reading.objects.count(), QuarantinedReading.objects.waiting().count()


def check(page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth") == 390
    assert page.evaluate(SMALL_TARGETS) == []
    assert page.evaluate(NAMELESS) == []


def test_refused_readings_are_worked_through(open_page, organization, complaints):
    elsewhere(refuse, organization)
    page = open_page(member(organization, "admin"), "/quarantine/", size="phone", has_touch=True)
    page.locator("[data-select]").first.check()
    page.locator("[data-bulk]").get_by_role("button", name="Discard…").click()
    page.fill("#why-ticked", "test rig")
    page.locator("#discard-ticked").get_by_role("button", name="Discard").click()
    page.get_by_role("button", name="Undo").click()
    page.get_by_text("1 on the list again.").wait_for()
    check(page)
    page.locator(".quarantine-all").get_by_role("button", name="Send again").click()
    page.get_by_text("Done: 2 stored, 1 refused again.").wait_for()
    page.locator("[data-row]").nth(1).wait_for(state="detached")
    page.locator(".row-title").click()
    page.get_by_label("Value").fill("1.5")
    check(page)
    page.get_by_role("button", name="Send again").click()
    page.get_by_role("heading", name="Stored").wait_for()
    assert complaints == []
    assert elsewhere(left) == (3, 0)
