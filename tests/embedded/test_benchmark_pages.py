"""The pages of a plant that is made for it; figures are not judged here, what they count is."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from anomalies.models import Alert
from sensors.models import Sensor
from smartmaint.accounts.models import Organization, User
from smartmaint.embedded.benchmarks import pages, visiting


@pytest.fixture
def small(monkeypatch):
    sizes = {"SENSORS": 20, "MACHINES": 2, "OPEN": 4, "CLOSED": 2, "WAITING": 1, "BOOKED": 1}
    for name, number in sizes.items():
        monkeypatch.setattr(pages, name, number)
    monkeypatch.setattr(visiting, "REPEATS", 2)


@pytest.fixture
def running(live_server, settings, tmp_path):
    known = {"url": live_server.url, "api_url": live_server.url}
    (tmp_path / "credentials.json").write_text(json.dumps(known))
    settings.DATA_DIR = tmp_path


def test_pages_are_measured_beside_the_barest_one_and_nothing_stays(small, running):
    out, told = StringIO(), StringIO()
    call_command("benchmark", "pages", "--readings", "1000", "--json", stdout=out, stderr=told)
    figure = json.loads(out.getvalue())["pages"]
    assert (figure["sensors"], figure["readings"], figure["open_alerts"]) == (20, 1000, 4)
    assert {"overview", "alert-list", "task-list", "90-day chart of 10 sensors"} <= set(figure["pages"])
    assert figure["ratio"]["overview"] == figure["pages"]["overview"] / figure["reference"]
    assert figure["chart_lines"] == 10
    assert 0 < figure["chart_points"] <= figure["aim_points"]
    assert "1,000 of 1,000 readings are made" in told.getvalue()
    left = (Alert, Sensor, User, Organization)
    assert [model.objects.count() for model in left] == [0] * len(left)


def test_a_plant_without_readings_is_refused():
    with pytest.raises(CommandError, match="at least 1,000"):
        call_command("benchmark", "pages", "--readings", "0")
