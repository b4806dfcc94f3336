"""Axe-core on forms and dialogs, light on a desk and dark on a phone: nothing. Pages: test_looks.py."""

from __future__ import annotations

from typing import Any

import pytest

from tests.browser.axe import complaints_of_axe
from tests.conftest import member

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

LOOKS: dict[str, dict[str, Any]] = {
    "light": {"size": "desk", "color_scheme": "light"},
    "dark": {"size": "phone", "color_scheme": "dark", "has_touch": True},
}


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
