from __future__ import annotations

import pytest

from tests.anomalies.factories import STARTED, AlertFactory, AlertSensorFactory

LIST = "/admin/anomalies/alert/"


@pytest.fixture
def alert(organization):
    alert = AlertFactory(asset__organization=organization)
    AlertSensorFactory(alert=alert)
    alert.transitions.create(
        action="acknowledged", to_state="acknowledged", at=STARTED, actor="Ana", reason="Heard it too."
    )
    return alert


def test_an_administrator_reads_an_alert_with_its_history(admin, alert):
    assert alert.summary in admin.get(LIST, {"q": "P-101"}).content.decode()
    page = admin.get(f"{LIST}{alert.pk}/change/").content.decode()
    assert "Heard it too." in page
    assert 'name="_save"' not in page


def test_nobody_adds_changes_or_deletes_there(admin, alert):
    assert admin.get(f"{LIST}add/").status_code == 403
    assert admin.post(f"{LIST}{alert.pk}/change/", {"priority": 1}).status_code == 403
    assert admin.post(f"{LIST}{alert.pk}/delete/", {"post": "yes"}).status_code == 403
    alert.refresh_from_db()
    assert alert.priority == 2


def test_another_organization_does_not_see_it(outsider, alert):
    assert alert.summary not in outsider.get(LIST).content.decode()
    assert outsider.get(f"{LIST}{alert.pk}/change/").status_code == 404
