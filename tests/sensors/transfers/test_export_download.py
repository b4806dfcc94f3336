"""Downloads: by page and by API, of one's own organization only, and back in again."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta

import pyarrow.parquet
import pytest

from sensors.incoming import IncomingReading
from sensors.models import Import, Reading
from sensors.services import store_readings
from sensors.transfers.streaming import stream_file
from smartmaint.events.testing import drain
from tests.sensors.transfers.conftest import counts

EXPORTS = "/api/v1/data/exports/readings"
BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)
CODES = ("P-1.flow", "-danger", "'=quoted", 'a "b", c')


@pytest.fixture
def readings(organization) -> int:
    rows = [
        IncomingReading(
            sensor_id=code,
            value=(-1) ** number * number / 7,
            timestamp=BEGAN + timedelta(minutes=number, microseconds=number),
            unit="m3/h",
            quality=1 - number / 1000,
        )
        for code in CODES
        for number in range(90)
    ]
    store_readings(organization=organization, readings=rows, at=BEGAN + timedelta(days=9))
    return len(rows)


def rows_of(organization) -> set:
    fields = ("sensor__code", "measured_at", "value", "quality", "sensor__unit", "sensor__asset__code")
    return set(Reading.objects.for_organization(organization).values_list(*fields))


@pytest.mark.parametrize("form", ["csv", "csv.gz", "parquet"])
def test_an_export_comes_back_the_same(api, organization, other_organization, readings, form):
    answer = api("data:read").get(EXPORTS, {"format": form})
    assert answer["Content-Disposition"].endswith(f"acme-readings.{form}")
    back = api("data:ingest", organization=other_organization)
    sent = back.generic("POST", "/api/v1/data/imports", answer.getvalue(), content_type="text/csv")
    assert sent.status_code == 202, sent.content
    drain()
    job = Import.objects.get(organization=other_organization)
    assert counts(job) == ("done", readings, readings, readings, 0, 0)
    assert rows_of(other_organization) == rows_of(organization)


def test_an_export_of_nothing_has_its_heading(api, organization):
    assert api("data:read").get(EXPORTS).getvalue() == b"sensor,asset,timestamp,value,unit,quality\n"
    file = io.BytesIO(api("data:read").get(EXPORTS, {"format": "parquet"}).getvalue())
    assert pyarrow.parquet.read_table(file).num_rows == 0


def test_hours_and_days_are_summed_up(api, readings):
    wish = {"sensor_id": "P-1.flow", "resolution": "1h"}
    lines = api("data:read").get(EXPORTS, wish).getvalue().decode().splitlines()
    assert lines[0] == "sensor,asset,timestamp,avg,min,max,count,unit"
    assert [line.split(",")[2] for line in lines[1:]] == ["2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z"]
    assert [line.split(",")[6] for line in lines[1:]] == ["60", "30"]
    days = api("data:read").get(EXPORTS, wish | {"resolution": "1d"}).getvalue().decode().splitlines()
    assert days[1].endswith(",90,m3/h")


def test_a_range_is_from_included_to_excluded(api, readings):
    bounds = {"start_ts": "2026-03-02T12:00:00Z", "end_ts": "2026-03-02T12:02:00.000002Z"}
    lines = api("data:read").get(EXPORTS, bounds | {"asset_id": "P-1"}).getvalue().splitlines()
    assert len(lines) == 3


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"sensor_id": "Z-9"}, 404),
        ({"asset_id": "\x00"}, 400),
        ({"format": "xls"}, 400),
        ({"resolution": "5m"}, 400),
        ({"start_ts": "2026-03-02"}, 400),
        ({"start_ts": "2026-03-02T12:00:00Z", "end_ts": "2026-03-01T12:00:00Z"}, 400),
    ],
)
def test_what_is_asked_wrongly_is_refused(api, query, status):
    assert api("data:read").get(EXPORTS, query).status_code == status


def test_another_organizations_readings_are_not_there(api, outsider, other_organization, readings):
    assert api("data:read", organization=other_organization).get(EXPORTS).getvalue().count(b"\n") == 1
    sensor = Reading.objects.first().sensor
    page = outsider.get(
        "/data/exports/download/", {"sensor": sensor.pk, "resolution": "raw", "format": "csv"}
    )
    assert page.status_code == 422


async def test_under_asgi_each_piece_is_made_when_it_is_wanted(async_rf):
    made = []

    def blocks():
        for number in range(3):
            made.append(number)
            yield b"piece"

    answer = stream_file(async_rf.get("/"), blocks(), name="ö.csv", content_type="text/csv")
    assert answer["Content-Disposition"] == "attachment; filename*=UTF-8''%C3%B6.csv"
    pieces = aiter(answer)
    assert (await anext(pieces), made) == (b"piece", [0])
    assert [piece async for piece in pieces] == [b"piece"] * 2
