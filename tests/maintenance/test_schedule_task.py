from __future__ import annotations

import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, connections, transaction
from psycopg.types.range import Range

from maintenance.models import Decision, MaintenanceTask, TaskTransition
from maintenance.services import schedule_task
from tests.maintenance.factories import (
    NOW,
    DecisionFactory,
    HolidayFactory,
    TaskFactory,
    TechnicianFactory,
    working,
)
from tests.sensors.factories import AssetFactory, SiteFactory


@pytest.fixture
def site(organization):
    return SiteFactory(organization=organization, timezone="America/Sao_Paulo", country="BR")


@pytest.fixture
def decision(site):
    return DecisionFactory(asset__site=site, asset__organization=site.organization)


def test_it_books_the_first_free_time_of_the_sites_day(decision, site):
    ana = working(site, "Ana")
    task = schedule_task(decision=decision, at=NOW - timedelta(hours=6))
    assert (task.technician, task.decision) == (ana, decision)
    assert task.period.lower.isoformat() == "2026-03-02T11:00:00+00:00"
    assert "08:00 to 10:00 (Sao Paulo)" in task.reasons[1]


def test_it_does_so_once_for_a_decision(decision, site):
    working(site, "Ana")
    first, second = (schedule_task(decision=decision, at=NOW) for _ in range(2))
    assert first == second
    assert MaintenanceTask.objects.count() == TaskTransition.objects.count() == 1


def test_it_asks_once_for_a_decision(decision):
    first, second = (schedule_task(decision=decision, at=NOW) for _ in range(2))
    assert first == second == Decision.objects.pending().get()
    assert (first.follows, first.correlation_id) == (decision, decision.correlation_id)


def test_nobody_is_booked_on_the_countrys_public_holiday(decision, site):
    working(site, "Ana")
    christmas = NOW.replace(month=12, day=25, hour=9)
    Decision.objects.update(due_at=christmas + timedelta(days=7))
    task = schedule_task(decision=decision, at=christmas)
    assert task.period.lower.date().isoformat() == "2026-12-28"


def test_a_person_is_asked_when_only_the_holiday_is_before_the_due_time(decision, site):
    working(site, "Ana")
    HolidayFactory(organization=site.organization, site=site)
    Decision.objects.update(due_at=NOW + timedelta(hours=20))
    asked = schedule_task(decision=decision, at=NOW)
    assert "Ana: has a public holiday or a day without work." in asked.reasons
    assert asked.proposal["start"] == "2026-03-03T11:00:00+00:00"


def test_an_inactive_technician_is_never_booked(decision, site):
    TechnicianFactory._meta.model.objects.filter(pk=working(site, "Ana").pk).update(is_active=False)
    assert isinstance(schedule_task(decision=decision, at=NOW), Decision)


def test_another_organizations_technicians_are_never_considered(decision, other_organization):
    working(SiteFactory(organization=other_organization), "Rival")
    asked = schedule_task(decision=decision, at=NOW)
    assert asked.reasons[0] == "There is no technician."


def test_a_booking_made_behind_the_schedulers_back_sends_it_to_the_next_slot(decision, site, monkeypatch):
    from maintenance.services import booking

    ana, found = working(site, "Ana"), booking.find_slot
    taken = Range(NOW, NOW + timedelta(hours=2))

    def overtaken(*arguments):
        slot = found(*arguments)
        if not MaintenanceTask.objects.exists():
            TaskFactory(asset=decision.asset, technician=ana, period=taken)
        return slot

    monkeypatch.setattr(booking, "find_slot", overtaken)
    assert schedule_task(decision=decision, at=NOW).period.lower == NOW + timedelta(hours=2)


def test_the_database_refuses_to_book_anybody_twice(site):
    ana = working(site, "Ana")
    task = TaskFactory(technician=ana, asset__site=site, asset__organization=site.organization)
    with pytest.raises(IntegrityError, match="technician_booked_once"), transaction.atomic():
        TaskFactory(technician=ana, asset=task.asset, period=task.period)


@pytest.mark.django_db(transaction=True)
def test_a_thousand_requests_at_once_book_nobody_twice_and_leave_none_unanswered():
    asset = AssetFactory()
    for number in range(8):
        working(asset.site, f"Technician {number}", days=range(7))
    decisions = DecisionFactory.build_batch(1000, asset=asset, organization=asset.organization)
    decisions = Decision.objects.bulk_create(decisions)
    with ThreadPoolExecutor(24, initializer=threading.Barrier(24).wait) as pool:
        outcomes = list(pool.map(_schedule, decisions))
    booked = [outcome for outcome in outcomes if isinstance(outcome, MaintenanceTask)]
    assert len(booked) == 8 * 30  # eight people, four visits a day for a week, two on its last morning
    assert len(outcomes) - len(booked) == Decision.objects.pending().count() == 1000 - len(booked)
    assert _overlaps() == 0
    assert set(Counter(task.technician_id for task in booked).values()) == {30}


def _schedule(decision: Decision) -> MaintenanceTask | Decision:
    try:
        return schedule_task(decision=decision, at=NOW.replace(hour=0))
    finally:
        connections.close_all()


def _overlaps() -> int:
    """Count pairs of bookings of one technician that overlap, without trusting the constraint."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM maintenance_maintenancetask a JOIN maintenance_maintenancetask b"
            " ON a.technician_id = b.technician_id AND a.id < b.id AND a.period && b.period"
        )
        return cursor.fetchone()[0]
