"""What one person's browser learns of the plant and of the others, without a reload."""

from __future__ import annotations

import pytest
from django.utils import timezone
from playwright.sync_api import Page, expect

from anomalies.models import Alert
from anomalies.services import raise_alert
from smartmaint.events.testing import drain
from tests.anomalies.factories import finding
from tests.browser.conftest import elsewhere
from tests.conftest import member

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

SECOND = 1000  # ms
SENTENCE = "Bearing temperature has been 91 °C since 09:42; 55 to 60 is normal."


@pytest.fixture
def people(organization):
    return member(organization, "operator"), member(organization, "planner")


def go_wrong(plant, **values) -> Alert:
    """Raise an alert of priority 1, and let the chain run."""
    now = timezone.now()
    found = {"cause": "limit_exceeded", "priority": 1, "summary": SENTENCE, "started_at": now} | values
    alert = elsewhere(raise_alert, finding=finding(plant.asset, plant.sensor, **found), at=now)
    elsewhere(drain)
    return alert


def mark(page: Page) -> None:
    """Leave something that a reload would lose."""
    page.evaluate("window.notReloaded = true")


def test_an_alert_appears_at_once_in_two_open_browsers(open_page, people, plant):
    overview, alarms = open_page(people[0], "/"), open_page(people[1], "/alerts/")
    mark(overview)
    mark(alarms)
    go_wrong(plant)
    expect(alarms.locator("#fresh")).to_be_visible(timeout=10 * SECOND)
    for page in (overview, alarms):
        expect(page.locator("#alarm-bar")).to_contain_text(SENTENCE)
        expect(page.locator("#rail-alarms")).to_contain_text("2")
        assert page.evaluate("window.notReloaded")
    expect(overview.locator("#needs")).to_contain_text(SENTENCE)
    expect(overview.locator("#plant")).to_contain_text("limit exceeded")


def test_a_new_alert_announces_itself_above_the_list(open_page, people, plant):
    page = open_page(people[0], "/alerts/")
    row = page.locator(f'[data-alert="{plant.alert.pk}"]')
    before = row.bounding_box()
    go_wrong(plant)
    expect(page.locator("#fresh")).to_contain_text("1 new")
    expect(page.locator("[aria-live]").filter(has_text=SENTENCE)).to_have_count(1)
    assert page.locator("[data-alert]").count() == 1
    assert row.bounding_box()["x"] == before["x"]
    page.keyboard.press("n")
    expect(page.locator("[data-alert]")).to_have_count(2)
    expect(page.locator("[data-alert]").first).to_contain_text(SENTENCE)


def test_an_acknowledgement_shows_in_the_other_browser(open_page, people, plant):
    mine, theirs = open_page(people[0], "/alerts/"), open_page(people[1], "/alerts/")
    mine.locator(f'[data-alert="{plant.alert.pk}"]').get_by_role("button", name="Acknowledge").click()
    expect(mine.locator(".toast")).to_contain_text("Acknowledged.")
    elsewhere(drain)
    for page in (mine, theirs):
        expect(page.locator(f'[data-alert="{plant.alert.pk}"]')).to_have_attribute(
            "data-state", "acknowledged"
        )
        expect(page.locator("#alarm-bar")).to_contain_text("No alarm waits")
        expect(page.locator("#rail-alarms")).to_be_hidden()


def test_the_bar_acknowledges_from_any_page(open_page, people, plant):
    page = open_page(people[0], "/assets/")
    page.locator("#alarm-bar").get_by_role("button", name="Acknowledge").click()
    expect(page.locator("#alarm-bar")).to_contain_text("No alarm waits")
    plant.alert.refresh_from_db()
    assert plant.alert.state == "acknowledged"


def test_without_the_socket_the_page_polls(open_page, people, plant):
    page = open_page(people[0], "/alerts/", live=False)
    expect(page.locator("#live")).to_have_attribute("data-state", "polling")
    go_wrong(plant)
    expect(page.locator("#alarm-bar")).to_contain_text(SENTENCE)
    expect(page.locator("#fresh")).to_be_visible()


def test_without_the_server_the_page_says_since_when_it_is_stale(open_page, people, plant):
    page = open_page(people[0], "/")
    page.context.set_offline(True)
    expect(page.locator("#live")).to_contain_text("stale since")
    page.context.set_offline(False)
    expect(page.locator("#live")).to_have_attribute("data-state", "live")


def test_another_organizations_alert_is_not_told(open_page, people, plant, other_organization):
    page = open_page(member(other_organization, "operator"), "/alerts/")
    go_wrong(plant)
    page.wait_for_timeout(SECOND)
    expect(page.locator("#fresh")).to_be_hidden()
    expect(page.locator("#alarm-bar")).to_contain_text("No alarm waits")
