from __future__ import annotations

import json
from datetime import UTC, datetime
from io import StringIO

import pytest
from django.core.management import call_command

from sensors.incoming import IncomingReading
from sensors.services import store_readings
from sensors.storage import status
from sensors.storage.status import load_storage
from sensors.storage.upkeep import note_run
from tests.sensors.factories import ReadingFactory

AT = datetime(2026, 3, 2, 12, 30, tzinfo=UTC)


def told(*arguments: str) -> str:
    out = StringIO()
    call_command("storage_status", *arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def plain(db):
    if load_storage().kind != "partitions":
        pytest.skip("TimescaleDB keeps the readings here, in chunks of its own")


def test_it_names_parts_policies_and_roll_ups(organization):
    rows = [IncomingReading(sensor_id="P-1", value=1, timestamp=AT)]
    store_readings(organization=organization, readings=rows, at=AT)
    figures = json.loads(told("--json"))
    assert figures["kind"] in {"partitions", "hypertable"}
    assert any(part["since"] <= "2026-03-02 12" < part["until"] for part in figures["parts"] if part["since"])
    assert {"drop old readings", "roll up"} <= {policy["name"] for policy in figures["policies"]}
    assert (figures["stale_spans"], figures["sensors_behind"]) == (0, 1)
    assert figures["bytes"] > 0


def test_it_says_when_each_job_last_ran(plain):
    note_run(job="roll up", count=3, at=AT)
    assert "roll up (sensors_reading_hourly, _daily): what is stale; last done: 2026-03-02 12:30" in told()
    assert "drop old readings (sensors_reading): after 180 days; last done: not yet" in told()


def test_it_counts_what_lies_in_the_default_partition(plain):
    ReadingFactory(measured_at=datetime(1970, 1, 1, tzinfo=UTC))
    assert "default partition: 1 readings" in told()


def test_it_says_that_the_server_could_compress(plain, monkeypatch):
    monkeypatch.setattr(status, "LAG", status.LAG.replace("name = 'timescaledb'", "name = 'plpgsql'"))
    assert "convert_storage" in told()


def test_it_gives_no_advice_where_all_is_well(db):
    assert load_storage().advice == ""


def test_administrators_see_it_on_the_system_page(admin, viewer):
    title = b'id="storage-title"'
    assert title in admin.get("/system/").content
    assert title not in viewer.get("/system/").content
