"""Chunks, one after the other: stopped, resumed, heard twice, and counted once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import DatabaseError
from django.utils import timezone

from sensors.events import ReadingsStored
from sensors.models import Import, QuarantinedReading, Reading
from sensors.transfers import chunks, importing
from smartmaint.accounts.problems import Conflict
from smartmaint.events.models import Delivery, EventRecord
from smartmaint.events.testing import drain
from tests.sensors.transfers.conftest import IMPORTS, counts

BEGAN = datetime(2026, 3, 2, 12, tzinfo=UTC)
ROWS = 100
LONG = "sensor,timestamp,value\n" + "".join(
    f"P-{n % 3},{(BEGAN + timedelta(minutes=n)).isoformat()},{'x' if n % 10 == 5 else n}\n"
    for n in range(ROWS)
)
DONE = ("done", 100, 100, 90, 0, 10)


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(chunks, "CHUNK_READINGS", 30)


@pytest.fixture
def job(send) -> Import:
    return Import.objects.get(pk=send(LONG).json()["id"])


def advance(job: Import, times: int = 1) -> Import:
    for _ in range(times):
        job.refresh_from_db()
        chunks.advance_import(
            organization_id=job.organization_id, import_id=job.pk, step=job.step, at=timezone.now()
        )
    job.refresh_from_db()
    return job


def test_each_chunk_moves_on_and_the_whole_is_exact(job):
    assert [advance(job).rows for _ in range(6)] == [0, 30, 60, 90, 100, 100]
    assert counts(job) == DONE
    expected = [n + 2 for n in range(ROWS) if n % 10 == 5]
    assert list(job.rejections.order_by("pk").values_list("row", flat=True)) == expected


def test_a_step_that_is_heard_again_changes_nothing(job):
    advance(job, 2)
    before = counts(job)
    chunks.advance_import(organization_id=job.organization_id, import_id=job.pk, step=1, at=timezone.now())
    assert counts(advance(job, 0)) == before
    assert Reading.objects.count() == 27


def test_a_chunk_that_breaks_leaves_nothing_and_comes_again(job, monkeypatch):
    def broken(*_):
        raise DatabaseError("gone")

    with monkeypatch.context() as patch:
        patch.setattr(chunks, "_rejection", broken)
        drain(failures=True)
    assert (Reading.objects.count(), advance(job, 0).rows) == (0, 0)
    Delivery.objects.update(due_at=timezone.now())
    drain(failures=True)
    assert counts(advance(job, 0)) == DONE


def test_a_cancelled_import_stops_and_goes_on_where_it_was(job, api):
    advance(job, 2)
    client = api("data:ingest")
    assert client.post(f"{IMPORTS}/{job.pk}/cancel").json()["state"] == "cancelled"
    drain()
    assert advance(job, 0).rows == 30
    assert client.post(f"{IMPORTS}/{job.pk}/resume").json()["state"] == "running"
    drain()
    assert counts(advance(job, 0)) == DONE


def test_what_has_ended_can_be_neither_cancelled_nor_resumed(job, api):
    drain()
    client = api("data:ingest")
    for act in ("cancel", "resume"):
        answer = client.post(f"{IMPORTS}/{job.pk}/{act}")
        assert (answer.status_code, "done" in answer.json()["detail"]) == (409, True)


def test_the_same_file_again_is_all_known(job, bring):
    drain()
    assert counts(bring(LONG)) == ("done", 100, 100, 0, 90, 10)
    assert Reading.objects.count() == 90


def test_resuming_is_refused_once_the_file_is_deleted(job, settings):
    importing.cancel_import(job=job, at=timezone.now())
    importing.forget_files(at=timezone.now() + settings.IMPORT_KEPT + timedelta(hours=1))
    with pytest.raises(Conflict, match="deleted"):
        importing.resume_import(job=job, at=timezone.now())


def test_what_the_store_refuses_is_in_the_report_and_in_quarantine(bring, organization):
    organization.registers_unknown_sensors = False
    organization.save()
    job = bring(LONG)
    assert counts(job) == ("done", 100, 100, 0, 0, 100)
    assert set(job.rejections.values_list("code", flat=True)) == {"unknown_sensor", "value"}
    assert QuarantinedReading.objects.filter(source="import", code="unknown_sensor").count() == 90


def test_every_chunk_belongs_to_the_imports_journey(job):
    drain()
    stored = EventRecord.objects.filter(name=ReadingsStored.name)
    assert {record.correlation_id for record in stored} == {job.correlation_id}
