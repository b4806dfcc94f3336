"""Before the first reading each page says what will be there, and what to do about it."""

from __future__ import annotations

import pytest

SENTENCES = {
    "/": "Send the first reading",
    "/alerts/": "No alarm has been raised yet.",
    "/assets/": "No asset yet.",
    "/decisions/": "No decision waits.",
    "/work/": "No work is booked.",
    "/work/?view=days": "No technician yet.",
    "/my-work/": "Work comes here once your sign-in belongs to a technician",
    "/system/": "Dead letters",
    "/quarantine/": "Nothing was refused.",
}


@pytest.mark.parametrize(("address", "sentence"), SENTENCES.items())
def test_an_empty_page_says_what_it_is_for(viewer, address, sentence):
    answer = viewer.get(address)
    assert answer.status_code == 200
    assert sentence in answer.content.decode()


def test_an_administrator_is_led_to_where_technicians_are_added(admin):
    for address in ("/work/?view=days", "/my-work/"):
        assert 'href="/admin/maintenance/technician/"' in admin.get(address).content.decode()
