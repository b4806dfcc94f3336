from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from psycopg.types.range import Range

from anomalies.models import Baseline
from maintenance.models import MaintenanceLog
from tests.maintenance.factories import TaskFactory, TechnicianFactory


@pytest.fixture
def address(plant) -> str:
    return f"/work/{plant.task.uid}/"


@pytest.fixture
def own_technician(plant, technician):
    """The technician who is signed in, as one who can be booked."""
    plant.task.technician.user = technician.user
    plant.task.technician.save()
    return plant.task.technician


def task_of(plant, technician, hours: float):
    start = timezone.now() + timedelta(hours=hours)
    return TaskFactory(
        asset=plant.asset,
        technician=technician,
        title=f"In {hours} h",
        period=Range(start, start + timedelta(hours=1)),
    )


def test_late_work_stands_apart(planner, plant):
    late = task_of(plant, plant.task.technician, -5)
    groups = dict(planner.get("/work/").context["groups"])
    assert groups["Late"] == [late]
    assert groups["Coming"] == [plant.task]


def test_the_days_are_laid_out_by_technician(planner, plant):
    TechnicianFactory(site=plant.asset.site, name="Zoe")
    lanes = planner.get("/work/?view=days").context["lanes"]
    assert [lane.technician.name for lane in lanes] == ["Rosa Almeida", "Zoe"]
    assert [task for cell in lanes[0].cells for task in cell.tasks] == [plant.task]


@pytest.mark.parametrize("first", ["2026-13-45", "x", "0001-01-01", "9999-12-31"])
def test_a_senseless_day_shows_today(planner, plant, first):
    assert planner.get(f"/work/?view=days&from={first}").context["days"][0] == timezone.now().date()


def test_my_work_is_split_into_overdue_today_and_next(technician, plant, own_technician):
    late, next_ = task_of(plant, own_technician, -5), task_of(plant, own_technician, 50)
    task_of(plant, TechnicianFactory(site=plant.asset.site), 1)
    agenda = technician.get("/my-work/").context["agenda"]
    assert (agenda.overdue, agenda.later) == ([late], [next_])
    assert plant.task in [*agenda.today, *agenda.later]


def test_without_work_today_the_next_is_named(technician, plant, own_technician):
    plant.task.delete()
    task_of(plant, own_technician, 50)
    page = technician.get("/my-work/").content.decode()
    assert "Nothing today." in page
    assert "Next: In 50 h" in page


def test_a_technician_is_led_to_their_own_work(technician, plant, own_technician):
    assert 'href="/my-work/"' in technician.get("/").content.decode().split('class="main"')[0]


def test_three_taps_close_a_task_with_its_finding(technician, plant, own_technician, address, htmx):
    assert "Say what you found" in technician.post(f"{address}start/", headers=htmx).content.decode()
    answer = technician.post(f"{address}complete/", {"finding": "true", "failure_mode": "VIB"}, headers=htmx)
    assert "What was found" in answer.content.decode()
    assert "· Vibration" in answer.content.decode()
    assert MaintenanceLog.objects.get().failure_mode == "VIB"
    plant.alert.refresh_from_db()
    assert not plant.alert.is_open


def test_closing_wants_a_finding(technician, plant, address, htmx):
    answer = technician.post(f"{address}complete/", {"notes": "all fine"}, headers=htmx)
    assert answer.status_code == 422
    assert "Choose what you found." in answer.content.decode()
    assert "all fine" in answer.content.decode()


def test_a_box_lets_the_machine_learn_anew(technician, plant, address, htmx):
    page = technician.get(address).content.decode()
    assert '<input type="checkbox" name="new_baseline" >' in page
    body = {"finding": "true", "new_baseline": "on"}
    answer = technician.post(f"{address}complete/", body, headers=htmx).content.decode()
    assert "Learns anew" in answer
    assert "is learnt anew, from" in answer
    assert {row.sensor.asset for row in Baseline.objects.all()} == {plant.asset}


def test_a_task_is_closed_once(technician, plant, address, htmx):
    technician.post(f"{address}complete/", {"finding": "true"})
    assert technician.post(f"{address}complete/", {"finding": "false"}, headers=htmx).status_code == 409


def test_a_viewer_may_not_start(viewer, plant, address):
    assert viewer.post(f"{address}start/").status_code == 403


def test_another_organizations_task_is_not_there(outsider, plant, address):
    assert outsider.get(address).status_code == 404
    assert outsider.post(f"{address}start/").status_code == 404


def test_no_work_says_where_it_comes_from(planner):
    assert "No work is booked." in planner.get("/work/").content.decode()
