"""`POST data/imports`: what is taken, what is guessed, and what must be said."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from sensors.models import Import, Reading, Sensor
from tests.sensors.transfers.conftest import IMPORTS, counts

LONG = (
    "sensor,timestamp,value,unit,quality\n"
    "P-1.flow,2026-03-02T12:00:00Z,2.5,m3/h,1\n"
    "P-1.flow,2026-03-02T13:00:00+01:00,2.6,m3/h,0.5\n"
    "P-1.flow,2026-03-02T12:02:00Z,high,m3/h,1\n"
    "P-2.flow,2026-03-02T12:03:00Z,-1e3,m3/h,\n"
)
WIDE = "Zeit;Druck [bar];Temp\n02.03.2026 12:00:00;1,5;20\n02.03.2026 12:01:00;;21,5\n"


def stored() -> list[tuple[str, datetime, float, float]]:
    rows = Reading.objects.order_by("sensor__code", "measured_at")
    return list(rows.values_list("sensor__code", "measured_at", "value", "quality"))


def at(minute: int) -> datetime:
    return datetime(2026, 3, 2, 12, minute, tzinfo=UTC)


def test_a_long_file_explains_itself(bring):
    job = bring(LONG)
    assert counts(job) == ("done", 4, 4, 2, 0, 2)
    assert stored() == [("P-1.flow", at(0), 2.5, 1.0), ("P-2.flow", at(3), -1000.0, 1.0)]


def test_the_report_names_row_column_and_reason(bring, api):
    job = bring(LONG)
    answer = api("data:ingest").get(f"{IMPORTS}/{job.pk}/report")
    heading, conflict, word = answer.getvalue().decode().splitlines()
    assert heading == "row,column,code,reason,text"
    assert conflict.startswith("3,value,conflict,")
    said = "There is no number in 'high'."
    assert word == f'4,value,value,{said},"P-1.flow,2026-03-02T12:02:00Z,high,m3/h,1"'


def test_a_wide_file_of_a_spreadsheet_is_read_by_its_zone(bring):
    job = bring(WIDE, mapping={"fixed_asset": "B-7", "zone": "Europe/Berlin"})
    assert counts(job) == ("done", 2, 3, 3, 0, 0)
    assert [row[:3] for row in stored()] == [
        ("B-7.Druck [bar]", datetime(2026, 3, 2, 11, 0, tzinfo=UTC), 1.5),
        ("B-7.Temp", datetime(2026, 3, 2, 11, 0, tzinfo=UTC), 20.0),
        ("B-7.Temp", datetime(2026, 3, 2, 11, 1, tzinfo=UTC), 21.5),
    ]
    assert set(Sensor.objects.values_list("asset__code", flat=True)) == {"B-7"}


@pytest.mark.parametrize("field", ["zone", "fixed_asset"])
def test_what_the_file_does_not_say_must_be_said(send, field):
    mapping = {"fixed_asset": "B-7", "zone": "Europe/Berlin"}
    del mapping[field]
    answer = send(WIDE, mapping=mapping)
    assert answer.status_code == 422
    assert [error["field"] for error in answer.json()["errors"]] == [field, "columns"]
    assert "Zeit, Druck [bar], Temp" in answer.content.decode()
    assert not Import.objects.exists()


def test_nothing_is_kept_of_a_refused_file(send, import_dir):
    assert send(WIDE).status_code == 422
    assert [path for path in import_dir.rglob("*") if path.is_file()] == []
