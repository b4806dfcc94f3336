"""`manage.py export_readings`: all, and what is new; and back in again."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command

from sensors.incoming import IncomingReading
from sensors.services import store_readings

pytestmark = pytest.mark.django_db(transaction=True)

BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)
NOW = datetime(2026, 6, 1, tzinfo=UTC)


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


def minutes(lines: list[str]) -> list[int]:
    stamps = [datetime.fromisoformat(line.split(",")[2]) for line in lines[1:]]
    return [round((stamp - BEGAN) / timedelta(minutes=1)) for stamp in stamps]


def test_a_full_export_is_sorted_and_says_units(organization, tmp_path):
    keep(organization, 2, 1)
    keep(organization, 1, code="A-1.temp", unit="°C")
    assert export(tmp_path / "all.csv") == [
        "sensor,asset,timestamp,value,unit,quality",
        "A-1.temp,A-1,2026-03-02T12:01:00Z,0.3333333333333333,°C,1.0",
        "P-1.flow,P-1,2026-03-02T12:01:00Z,0.3333333333333333,m3/h,1.0",
        "P-1.flow,P-1,2026-03-02T12:02:00Z,0.6666666666666666,m3/h,1.0",
    ]
    assert export(tmp_path / "all.csv.gz") == export(tmp_path / "all.csv")


def test_late_readings_are_news_and_nothing_comes_twice(organization, tmp_path):
    state = ["--incremental", str(tmp_path / "state.json")]
    keep(organization, 1, 2, 3)
    assert minutes(export(tmp_path / "1.csv", *state)) == [1, 2, 3]
    keep(organization, -5000, 2, 4)
    keep(organization, 2.5)
    assert len(export(tmp_path / "2.csv", *state)) == 4
    assert minutes((tmp_path / "2.csv").read_text().splitlines())[0] == -5000
    assert export(tmp_path / "3.csv", *state) == ["sensor,asset,timestamp,value,unit,quality"]
