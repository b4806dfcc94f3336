"""`manage.py up` on servers that somebody else runs, until Ctrl-C."""

from __future__ import annotations

import signal
from pathlib import Path

import psycopg
import pytest
from django.conf import settings

from smartmaint.embedded.addresses import database_url
from smartmaint.embedded.leftovers import find_leftovers
from tests.stack import Stack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]


@pytest.fixture(scope="module")
def elsewhere(tmp_path_factory):
    """A stack on the test run's own servers, in a database of its own."""
    ours = database_url(settings.DATA_DIR).removesuffix("smartmaint")
    with psycopg.connect(f"{ours}postgres", autocommit=True) as connection:
        connection.execute("CREATE DATABASE elsewhere")
    env = {"DATABASE_URL": f"{ours}elsewhere", "REDIS_URL": settings.REDIS_URL}
    with Stack(tmp_path_factory.mktemp("elsewhere") / "data", env=env) as stack:
        yield stack


def test_it_starts_no_servers_where_their_addresses_are_given(elsewhere):
    assert elsewhere.get("/health/ready").json()["status"] == "up"
    names = {Path(process.exe()).name for process in elsewhere.family()}
    assert not names & {"postgres", "redis-server"}
    answer = elsewhere.post("/api/v1/data/ingest", {"sensor_id": "S-1", "value": 1.5})
    assert answer.status_code == 200, answer.text


def test_ctrl_c_stops_everything_in_order(elsewhere):
    family = elsewhere.family()
    assert elsewhere.stop(signal.SIGINT) == 0
    assert not [process for process in family if process.is_running()]
    assert not find_leftovers(elsewhere.data_dir)
    assert elsewhere.output.rstrip().endswith("Stopped: nothing is left running.")
