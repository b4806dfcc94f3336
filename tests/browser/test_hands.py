"""What hands do: keys, taps, forms and charts."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from maintenance.models import MaintenanceTask
from smartmaint.events.testing import drain
from tests.browser.conftest import elsewhere
from tests.conftest import member
from tests.maintenance.factories import working

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


@pytest.fixture
def operator_person(organization):
    return member(organization, "operator")


def test_the_list_is_worked_by_keys(open_page, operator_person, plant, complaints):
    page = open_page(operator_person, "/alerts/")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("j")
    expect(page.locator("[data-alert]").first).to_be_focused()
    page.keyboard.press("a")
    expect(page.locator("[data-alert]").first).to_have_attribute("data-state", "acknowledged")
    expect(page.locator("[data-alert]").first).to_be_focused()
    page.keyboard.press("?")
    expect(page.get_by_role("dialog")).to_contain_text("next and previous row")
    assert complaints == []


def wait_for(page, held):
    """Let the page go on until something is held back: its old answer is read before anything changes."""
    for _ in range(500):
        if held:
            return
        page.wait_for_timeout(20)
    raise TimeoutError("the list was not read")


def test_a_list_read_before_a_change_does_not_undo_it(open_page, operator_person, plant):
    page = open_page(operator_person, "/alerts/")
    page.wait_for_load_state("networkidle")
    held = []
    page.route("**/alerts/", lambda route: held.append((route, route.fetch())), times=1)
    page.evaluate("document.dispatchEvent(new CustomEvent('htmx:wsOpen'))")
    wait_for(page, held)
    page.keyboard.press("j")
    page.keyboard.press("a")
    row = page.locator("[data-alert]").first
    expect(row).to_have_attribute("data-state", "acknowledged")
    [(route, old)] = held
    with page.expect_request_finished(lambda request: request != route.request and request.method == "GET"):
        route.fulfill(response=old)
    expect(row).to_have_attribute("data-state", "acknowledged")


def test_several_are_acknowledged_at_once(open_page, operator_person, plant):
    page = open_page(operator_person, "/alerts/")
    page.get_by_label("Select this alarm").check()
    page.locator("[data-bulk]").get_by_role("button", name="Acknowledge").click()
    expect(page.locator("[data-alert]")).to_have_attribute("data-state", "acknowledged")
    expect(page.locator(".toast")).to_contain_text("1 acknowledged.")


def test_a_rejection_without_a_reason_stays_open(open_page, operator_person, plant):
    page = open_page(operator_person, f"/alerts/{plant.alert.pk}/")
    page.get_by_role("button", name="Resolve").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Why (it closes for everybody)").fill("  ")
    dialog.get_by_role("button", name="Resolve").click()
    expect(page.get_by_role("dialog")).to_contain_text("Say why it is resolved.")
    page.get_by_label("Why (it closes for everybody)").fill(f"Bearing greased. {'x' * 900}")
    page.get_by_role("dialog").get_by_role("button", name="Resolve").click()
    expect(page.locator("#alert")).to_contain_text("Bearing greased.")
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.get_by_role("main")).to_be_focused()
    assert page.evaluate("document.documentElement.scrollWidth") == 1440


def test_news_on_its_way_leaves_an_open_dialog_alone(open_page, operator_person, plant):
    page = open_page(operator_person, f"/alerts/{plant.alert.pk}/")
    page.wait_for_load_state("networkidle")
    held = []
    page.route(f"**/alerts/{plant.alert.pk}/", lambda route: held.append(route))
    with page.expect_request(f"**/alerts/{plant.alert.pk}/"):
        page.evaluate("htmx.trigger(document.body, 'refresh')")
    page.get_by_role("button", name="Resolve").click()
    page.get_by_label("Why (it closes for everybody)").fill("Bearing")
    for route in held:
        with page.expect_response(route.request.url):
            route.continue_()
    expect(page.get_by_label("Why (it closes for everybody)")).to_have_value("Bearing")
    page.unroute_all()
    with page.expect_response(f"**/alerts/{plant.alert.pk}/"):
        page.get_by_role("button", name="Cancel").click()
        page.mouse.move(5, 5)


def test_an_approval_says_who_was_booked(open_page, organization, plant):
    MaintenanceTask.objects.all().delete()
    working(plant.asset.site, "Ana Prado", days=range(7))
    page = open_page(member(organization, "planner"), "/decisions/")
    page.get_by_role("button", name="Approve").first.click()
    expect(page.locator(".outcome")).to_contain_text("A technician is being booked")
    elsewhere(drain)
    expect(page.locator(".toast").filter(has_text="Booked: Ana Prado")).to_be_visible()


def test_three_taps_close_a_task_on_a_phone(open_page, organization, plant):
    person = member(organization, "technician")
    page = open_page(person, f"/work/{plant.task.uid}/", size="phone", has_touch=True)
    page.get_by_role("button", name="Start").tap()
    page.get_by_text("There was a fault").tap()
    page.get_by_role("button", name="Done").tap()
    expect(page.locator("#task")).to_contain_text("What was found")
    plant.task.refresh_from_db()
    assert plant.task.status == "completed"


def test_a_chart_draws_and_zoom_asks_for_detail(open_page, operator_person, plant):
    page = open_page(operator_person, f"/sensors/{plant.sensor.pk}/?range=1h")
    expect(page.locator('.chart[data-state="drawn"] .scatterlayer path.js-line').first).to_be_visible()
    box = page.locator(".chart .nsewdrag").last.bounding_box()
    with page.expect_request(lambda request: "/chart/?from=" in request.url):
        page.mouse.move(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.mouse.move(box["x"] + box["width"] * 0.95, box["y"] + box["height"] / 2, steps=5)
        page.mouse.up()
    page.get_by_role("button", name="Zoom out").click()
    expect(page.get_by_role("button", name="Zoom out")).to_be_hidden()


def test_a_finger_on_a_chart_scrolls_the_page(open_page, operator_person, plant):
    page = open_page(
        operator_person, f"/sensors/{plant.sensor.pk}/", size="phone", has_touch=True, is_mobile=True
    )
    expect(page.locator('.chart[data-state="drawn"]')).to_be_visible()
    finger = page.context.new_cdp_session(page)
    for kind, height in [("touchStart", 500), ("touchMove", 400), ("touchMove", 300), ("touchMove", 200)]:
        finger.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [{"x": 200, "y": height}]})
    page.wait_for_function("scrollY > 0")


def test_the_chosen_colours_stay(open_page, operator_person, plant):
    page = open_page(operator_person, "/", color_scheme="light")
    page.get_by_role("button", name="Colours").click()
    page.get_by_role("button", name="Colours").click()
    dark = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.reload()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == dark == "rgb(18, 21, 23)"
