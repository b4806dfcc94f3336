from __future__ import annotations

import pytest

from tests.sensors.factories import QuarantinedReadingFactory


@pytest.fixture
def refused(organization):
    QuarantinedReadingFactory(organization=organization, sensor_code="P-1.flow", code="value")
    QuarantinedReadingFactory(organization=organization, sensor_code="P-2.flow", code="future")


def test_it_shows_reason_and_payload(viewer, refused):
    text = viewer.get("/quarantine/").content.decode()
    assert "P-1.flow" in text
    assert "got `str`" in text
    assert "&#x27;high&#x27;" in text


def test_it_keeps_one_reason(viewer, refused):
    text = viewer.get("/quarantine/?code=future").content.decode()
    assert "P-2.flow" in text
    assert "P-1.flow" not in text


def test_a_reason_that_no_text_can_have_is_no_crash(viewer, refused):
    assert viewer.get("/quarantine/?code=%00").status_code == 200
    assert viewer.get("/quarantine/?code=value%00").status_code == 200


def test_it_shows_nothing_of_others(outsider, refused):
    assert "P-1.flow" not in outsider.get("/quarantine/").content.decode()


def test_it_shows_a_hundred_a_page(viewer, organization):
    QuarantinedReadingFactory.create_batch(101, organization=organization)
    assert viewer.get("/quarantine/").content.decode().count('<li class="row">') == 100
    assert viewer.get("/quarantine/?page=2").content.decode().count('<li class="row">') == 1
    assert viewer.get("/quarantine/?page=x").status_code == 200
