"""What axe-core finds on every page, light on a desk and dark on a phone: nothing, by WCAG 2.2 AA."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

from tests.browser.test_looks import ADDRESSES, address_of
from tests.conftest import member

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

RULES = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
LOOKS: dict[str, dict[str, Any]] = {
    "light": {"size": "desk", "color_scheme": "light"},
    "dark": {"size": "phone", "color_scheme": "dark", "has_touch": True},
}


def complaints_of_axe(page: Page) -> list[str]:
    page.wait_for_load_state("networkidle")
    found = Axe().run(page, options=RULES).response["violations"]
    return [f"{one['id']}: {node['html'][:120]}" for one in found for node in one["nodes"]]


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize("name", ADDRESSES)
def test_axe_finds_nothing(open_page, organization, plant, name, look):
    page = open_page(member(organization, "admin"), address_of(name, plant), **LOOKS[look])
    assert complaints_of_axe(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_in_open_forms(open_page, organization, plant, look):
    page = open_page(member(organization, "admin"), "/settings/", **LOOKS[look])
    page.set_viewport_size({"width": page.viewport_size["width"], "height": 4000})  # no bar over a field
    for summary in page.locator(".settings-add > summary").all():
        summary.click()
    assert complaints_of_axe(page) == []


@pytest.mark.parametrize("look", LOOKS)
@pytest.mark.parametrize(("address", "button"), [("/alerts/{}/", "Resolve"), ("/decisions/", "Reject")])
def test_axe_finds_nothing_in_open_dialogs(open_page, organization, plant, address, button, look):
    page = open_page(member(organization, "admin"), address.format(plant.alert.pk), **LOOKS[look])
    page.wait_for_load_state("networkidle")
    page.get_by_role("button", name=button).first.click()
    assert complaints_of_axe(page) == []


@pytest.mark.parametrize("look", LOOKS)
def test_axe_finds_nothing_on_the_way_in(open_page, organization, look):
    page = open_page(member(organization, "viewer"), "/", **LOOKS[look])
    page.context.clear_cookies()
    page.goto(page.url + "sign-in/")
    assert complaints_of_axe(page) == []
