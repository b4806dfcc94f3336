"""`manage.py export_readings`: all, and what is new, each once."""

from __future__ import annotations

import gzip
import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, transaction

from sensors.incoming import IncomingReading
from sensors.services import store_readings
from sensors.transfers import selection, to_file
from smartmaint.events.models import EventRecord
from tests.accounts.factories import OrganizationFactory

pytestmark = pytest.mark.django_db(transaction=True)

BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)
HEADING = "sensor,asset,timestamp,value,unit,quality"


def moment(minute: float) -> datetime:
    return BEGAN + timedelta(minutes=minute)


def keep(organization, *minutes, code="P-1.flow", unit="m3/h"):
    readings = [
        IncomingReading(sensor_id=code, value=minute / 3, timestamp=moment(minute), unit=unit)
        for minute in minutes
    ]
    store_readings(organization=organization, readings=readings, at=NOW)


def export(output: Path, *options: str) -> list[str]:
    call_command("export_readings", "--output", str(output), *options)
    text = gzip.decompress(output.read_bytes()) if output.suffix == ".gz" else output.read_bytes()
    return text.decode().splitlines()


def minutes(lines: list[str]) -> list[float]:
    stamps = [datetime.fromisoformat(line.split(",")[2]) for line in lines[1:]]
    return [(stamp - BEGAN) / timedelta(minutes=1) for stamp in stamps]


@pytest.fixture
def state(tmp_path) -> list[str]:
    return ["--incremental", str(tmp_path / "state.json")]


def test_a_full_export_is_sorted_and_says_units(organization, tmp_path, monkeypatch):
    monkeypatch.setattr(selection, "PAGE", 2)
    keep(organization, 2, 1, 3)
    keep(organization, 1, code="A-1.temp", unit="°C")
    assert export(tmp_path / "all.csv") == [
        HEADING,
        "A-1.temp,A-1,2026-03-02T12:01:00Z,0.3333333333333333,°C,1.0",
        "P-1.flow,P-1,2026-03-02T12:01:00Z,0.3333333333333333,m3/h,1.0",
        "P-1.flow,P-1,2026-03-02T12:02:00Z,0.6666666666666666,m3/h,1.0",
        "P-1.flow,P-1,2026-03-02T12:03:00Z,1.0,m3/h,1.0",
    ]
    assert export(tmp_path / "all.csv.gz") == export(tmp_path / "all.csv")


def test_no_text_of_an_export_is_a_formula(organization, tmp_path):
    keep(organization, 1, code='=cmd|"/c calc"!A1', unit="@m")
    (row,) = export(tmp_path / "x.csv")[1:]
    assert row.startswith('"\'=cmd|""/c calc""!A1",')
    assert row.endswith(",'@m,1.0")


def test_sensor_and_time_narrow_an_export(organization, tmp_path):
    keep(organization, 1, 2, 3)
    keep(organization, 1, code="A-1.temp")
    lines = export(tmp_path / "x.csv", "--sensor", "P-1.flow", "--since", "2026-03-02T13:02:00+01:00")
    assert minutes(lines) == [2, 3]


def test_late_readings_are_news_and_nothing_comes_twice(organization, tmp_path, state):
    keep(organization, 1, 2, 3)
    assert minutes(export(tmp_path / "1.csv", *state)) == [1, 2, 3]
    keep(organization, -5000, 2, 4)
    keep(organization, 2.5)
    assert minutes(export(tmp_path / "2.csv", *state)) == [-5000, 2.5, 4]
    assert export(tmp_path / "3.csv", *state) == [HEADING]


def test_what_is_committed_late_is_news_to_the_next(organization, tmp_path, state):
    """It was begun before the export, and committed after it: times and serial numbers would miss it."""
    keep(organization, 1)
    begun, may_commit = threading.Event(), threading.Event()

    def slowly():
        with transaction.atomic():
            keep(organization, 5, code="Q-1.flow")
            begun.set()
            may_commit.wait(60)
        connection.close()

    slow = threading.Thread(target=slowly)
    slow.start()
    begun.wait(60)
    keep(organization, 6)
    assert minutes(export(tmp_path / "1.csv", *state)) == [1, 6]
    may_commit.set()
    slow.join(60)
    assert minutes(export(tmp_path / "2.csv", *state)) == [5]


def test_news_is_found_without_events_too(organization, tmp_path, state):
    keep(organization, 1)
    export(tmp_path / "1.csv", *state)
    keep(organization, -1)
    EventRecord.objects.all().delete()
    path = tmp_path / "state.json"
    long_ago = json.loads(path.read_text()) | {"exported_at": "2020-01-01T00:00:00Z"}
    path.write_text(json.dumps(long_ago))
    assert minutes(export(tmp_path / "2.csv", *state)) == [-1]


def test_an_interrupted_export_leaves_no_file_and_loses_nothing(organization, tmp_path, state, monkeypatch):
    keep(organization, 1)

    def broken(*_):
        yield b"half a"
        raise OSError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr(to_file, "encode", broken)
        with pytest.raises(CommandError, match="disk full"):
            export(tmp_path / "1.csv", *state)
    assert [path.name for path in tmp_path.iterdir()] == ["state.json.lock"]
    assert minutes(export(tmp_path / "1.csv", *state)) == [1]


def test_a_kill_between_file_and_state_exports_nothing_twice(organization, tmp_path, state, monkeypatch):
    keep(organization, 1)
    with monkeypatch.context() as patch:
        patch.setattr(to_file.increments, "conclude", lambda path: None)
        assert minutes(export(tmp_path / "1.csv", *state)) == [1]
    assert not (tmp_path / "state.json").exists()
    assert export(tmp_path / "2.csv", *state) == [HEADING]


def test_a_kill_before_the_file_has_its_name_exports_it_again(organization, tmp_path, state, monkeypatch):
    keep(organization, 1)
    export(tmp_path / "1.csv", *state)
    (tmp_path / "state.json").rename(tmp_path / "state.json.next")
    (tmp_path / "1.csv").unlink()
    assert minutes(export(tmp_path / "1.csv", *state)) == [1]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--output", "{}/x.xls"], "ends in none of .csv"),
        (["--output", "{}/nowhere/x.csv"], "There is no folder"),
        (["--output", "{}/x.csv", "--sensor", "Z-9"], "has no sensor Z-9"),
        (["--output", "{}/x.csv", "--since", "2026-03-02"], "no offset"),
        (["--output", "{}/x.csv", "--organization", "nobody"], "there is: acme"),
        (["--output", "{}/old.csv", "--incremental", "{}/s"], "exists"),
        (["--output", "{}/x.csv", "--incremental", "{}/old.csv"], "is no state"),
    ],
)
def test_what_cannot_be_done_is_said(organization, tmp_path, options, words):
    (tmp_path / "old.csv").write_text("old")
    with pytest.raises(CommandError, match=words):
        call_command("export_readings", *[option.format(tmp_path) for option in options])
    assert [path.name for path in tmp_path.iterdir() if "x." in path.name] == []


def test_a_state_serves_one_choice_of_one_database(organization, tmp_path, state):
    keep(organization, 1)
    export(tmp_path / "1.csv", *state)
    with pytest.raises(CommandError, match=r"of acme, not of acme P-1\.flow"):
        export(tmp_path / "2.csv", *state, "--sensor", "P-1.flow")
    path = tmp_path / "state.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | {"database": "another/1"}))
    with pytest.raises(CommandError, match="belongs to another database"):
        export(tmp_path / "2.csv", *state)


def test_of_several_organizations_one_must_be_named(organization, tmp_path):
    OrganizationFactory(slug="rival")
    with pytest.raises(CommandError, match="Say --organization; there is: acme, rival"):
        export(tmp_path / "x.csv")
