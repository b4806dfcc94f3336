from __future__ import annotations

import pytest
from django.db import connection

from sensors.connectors import opcua
from sensors.models import Reading
from tests.connectors.conftest import soon
from tests.connectors.opcua.press import Press
from tests.connectors.test_mqtt_outages import outage


@pytest.fixture(scope="session")
def server(tmp_path_factory):
    running = Press(tmp_path_factory.mktemp("press"))
    yield running
    running.end()


@pytest.fixture
async def press(server):
    await server.reset()
    return server


@pytest.fixture(autouse=True)
def data_folder(tmp_path, settings):
    """Where certificates are kept."""
    settings.DATA_DIR = tmp_path
    return tmp_path


@pytest.fixture(autouse=True)
def prompt(monkeypatch):
    """Outages and looks that a test waits for are short."""
    monkeypatch.setattr(opcua, "FIRST_PAUSE", 0.1)
    monkeypatch.setattr(opcua, "LONGEST_PAUSE", 0.3)
    monkeypatch.setattr(opcua, "LOOK_EVERY", 0.1)


@pytest.fixture
def no_database(threads, organization):
    """A span without the database; the test's own connection is closed before."""
    connection.close()
    return outage


def of(code: str):
    return Reading.objects.filter(sensor__code=code).order_by("measured_at")


def values(code: str):
    return list(of(code).values_list("value", "quality"))


async def come(code: str, *wanted: float):
    """Wait until the last readings of a sensor are these."""
    await soon(lambda: [value for value, _ in values(code)][-len(wanted) :] == list(wanted))
