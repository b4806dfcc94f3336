"""Files of every kind, hostile ones too."""

from __future__ import annotations

import gzip
import io
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pyarrow.parquet
import pytest
from django.utils import timezone

from sensors.models import Import, Reading
from sensors.transfers import importing
from smartmaint.events.testing import drain
from tests.sensors.transfers.conftest import IMPORTS, counts

BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)
LONG = "sensor,timestamp,value\n" + "".join(
    f"P-{number % 3},{(BEGAN + timedelta(minutes=number)).isoformat()},{number / 3}\n" for number in range(60)
)
DONE = ("done", 60, 60, 60, 0, 0)


def parquet(**columns) -> bytes:
    times = pa.array([BEGAN + timedelta(minutes=n) for n in range(60)], pa.timestamp("ns", "Europe/Berlin"))
    file = io.BytesIO()
    table = {"timestamp": times, "sensor": ["=P-1"] * 60, "value": [n / 3 for n in range(60)]} | columns
    pyarrow.parquet.write_table(pa.table(table), file, row_group_size=25)
    return file.getvalue()


def packed(text: str) -> bytes:
    return gzip.compress(text.encode())


def of_windows(text: str) -> bytes:
    return text.replace("\n", "\r\n").encode("utf-16")


@pytest.mark.parametrize("pack", [str.encode, packed, of_windows])
def test_csv_comes_plain_packed_or_as_utf_16(bring, pack):
    assert counts(bring(pack(LONG))) == DONE


def test_parquet_comes_as_it_is(bring):
    job = bring(parquet(other=[[1]] * 60), name="x.parquet")
    assert (job.kind, counts(job)) == ("parquet", DONE)
    row = Reading.objects.select_related("sensor").earliest("measured_at")
    assert (row.sensor.code, row.measured_at, row.value) == ("=P-1", BEGAN, 0.0)
    assert Reading.objects.latest("measured_at").value == 59 / 3


def test_empty_and_impossible_cells_of_parquet_are_reported_by_row(bring):
    values = [None, float("nan"), *[1.0] * 58]
    job = bring(parquet(value=values))
    assert counts(job) == ("done", 60, 60, 58, 0, 2)
    assert list(job.rejections.values_list("row", "code")) == [(1, "value"), (2, "value")]


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"PAR1 and nothing", "Parquet file cannot be read"),
        (gzip.compress(LONG.encode(), mtime=0)[:60], "gzip cannot be unpacked"),
        (b"\x00\x01\x02", "This is no text"),
        (b"", "empty"),
    ],
)
def test_a_broken_file_is_refused_with_the_reason(send, body, words):
    answer = send(body)
    assert answer.status_code in {400, 422}
    assert words in answer.content.decode()


def test_a_bomb_stops_where_it_would_fill_the_disk(bring, settings, import_dir):
    settings.IMPORT_MOST_UNPACKED = 1_000_000
    job = bring(gzip.compress(LONG.encode() + b"\n" * 50_000_000))
    assert (job.state, job.error) == ("failed", "The file unpacks to more than 1,000,000 bytes. Part it.")
    assert sum(path.stat().st_size for path in import_dir.rglob("*")) < 2_000_000


def test_a_gzip_that_breaks_off_later_fails_with_the_reason(bring):
    body = gzip.compress(LONG.encode() + b"".join(b"%d" % n for n in range(300_000)))
    job = bring(body[:-1000])
    assert job.state == "failed"
    assert "cannot be unpacked" in job.error


def test_a_file_that_is_too_large_is_refused_and_not_kept(send, settings, import_dir):
    settings.IMPORT_MOST_BYTES = 1000
    assert send(LONG * 2).status_code == 413
    assert [path for path in import_dir.rglob("*") if path.is_file()] == []


def test_the_body_may_be_the_file_itself(api):
    client = api("data:ingest")
    answer = client.generic(
        "POST", f"{IMPORTS}?filename=..%2F..%2Fetc%2Fy.csv", LONG, content_type="text/csv"
    )
    assert (answer.status_code, answer.json()["name"]) == (202, "y.csv")
    assert answer["Location"] == f"{IMPORTS}/{answer.json()['id']}"


def test_a_name_never_leads_anywhere(bring, import_dir):
    job = bring(LONG, name="..\\..\\ev\u202eil\x00.csv")
    assert "/" not in job.name
    assert {path.name for path in import_dir.rglob("*") if path.is_file()} == {"source"}


def test_a_lost_file_is_told(bring, send, import_dir):
    job = Import.objects.get(pk=send(LONG).json()["id"])
    for path in import_dir.rglob("source"):
        path.unlink()
    assert "Upload it again" in bring_on(job).error


def bring_on(job: Import) -> Import:
    drain()
    job.refresh_from_db()
    return job


def test_files_are_deleted_when_their_time_is_over(bring, settings, import_dir):
    job = bring(LONG)
    assert importing.forget_files(at=timezone.now()) == 0
    assert importing.forget_files(at=timezone.now() + settings.IMPORT_KEPT + timedelta(hours=1)) == 1
    assert [path for path in import_dir.rglob("*") if path.is_file()] == []
    job.refresh_from_db()
    assert job.file_deleted_at
