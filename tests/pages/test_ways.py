"""Every page can be reached on a phone too, where the person's menu holds what the bar has no room for."""

from __future__ import annotations

import re

import pytest
from django.utils import timezone

from sensors.models import QuarantinedReading

MENU = re.compile(r'<div class="menu-sheet">.*?</details>', re.S)
EVERYBODY = {"/my-work/", "/system/", "/quarantine/"}


@pytest.mark.parametrize(
    ("persona", "ways"), [("operator", EVERYBODY), ("admin", EVERYBODY | {"/settings/"})]
)
def test_the_persons_menu_leads_to_the_rest(request, persona, ways):
    client = request.getfixturevalue(persona)
    menu = MENU.search(client.get("/").content.decode()).group()
    assert ways <= set(re.findall(r'href="([^"?]+)"', menu))
    assert all(client.get(way).status_code == 200 for way in ways)


def test_only_administrators_are_led_to_the_settings(operator):
    assert 'href="/settings/"' not in operator.get("/").content.decode()


def test_the_system_page_counts_what_was_refused(operator, organization, other_organization):
    for owner in (organization, organization, other_organization):
        QuarantinedReading.objects.create(
            organization=owner,
            payload={},
            code="unknown_sensor",
            correlation_id="7e57ab1e-0000-4000-8000-000000000000",
            received_at=timezone.now(),
        )
    page = operator.get("/system/").content.decode()
    assert re.search(r'href="/quarantine/">Quarantine <span class="count">2<', page)
