from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import call_command

from mlops.detectors import sensor
from smartmaint.embedded.benchmarks import scoring


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(scoring.measure, "__defaults__", (20,))


def test_scoring_is_measured_beside_a_forest_without_a_running_product(small, settings, tmp_path):
    settings.DATA_DIR = tmp_path
    out = StringIO()
    call_command("benchmark", "scoring", "--json", stdout=out)
    figure = json.loads(out.getvalue())["scoring"]
    assert figure["readings_per_second"] > 0
    assert figure["ratio"] == figure["readings_per_second"] / figure["forest_windows_per_second"]


def test_twenty_thousand_sensors_take_less_than_a_gigabyte():
    assert scoring.HELD == 20_000
    assert scoring.HELD * sensor.STATE.itemsize < 1e9
