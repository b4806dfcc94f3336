from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from anomalies.models import Baseline
from maintenance.models import Decision, MaintenanceTask, Technician
from tests.maintenance.factories import SkillFactory, TaskFactory, TechnicianFactory, working
from tests.sensors.factories import AssetFactory, SensorFactory, SiteFactory

BASE = "/api/v1/maintenance"


@pytest.fixture
def asset(organization):
    return AssetFactory(organization=organization, code="P-101")


@pytest.fixture
def task(asset):
    return TaskFactory(asset=asset)


def schedule(api, **more):
    due = (timezone.now() + timedelta(days=5)).isoformat()
    body = {"equipment_id": "P-101", "predicted_failure_date": due, **more}
    return api("maintenance:schedule").post(f"{BASE}/schedule", body, format="json")


def test_scheduling_books_before_the_predicted_failure(api, asset):
    ana = working(asset.site, "Ana", days=range(7))
    answer = schedule(api, maintenance_type="lubrication", prediction_confidence=0.8, time_to_failure_days=5)
    said = answer.json()
    assert (answer.status_code, said["status"]) == (201, "scheduled")
    assert said["assigned_technician_id"] == ana.pk
    assert said["scheduled_start_time"] < said["scheduled_end_time"]
    assert said["schedule"]["title"] == f"Lubrication of {asset}"
    assert said["schedule"]["reasons"]


def test_scheduling_asks_a_person_where_nobody_can(api, asset):
    said = schedule(api).json()
    assert (said["status"], said["assigned_technician_id"]) == ("needs_decision", None)
    assert Decision.objects.pending().get().question == said["schedule"]["question"]


def test_a_sensor_names_its_machine(api, asset):
    SensorFactory(organization=asset.organization, asset=asset, code="P-101.vibration")
    due = (timezone.now() + timedelta(days=5)).isoformat()
    body = {"sensor_id": "P-101.vibration", "predicted_failure_date": due}
    said = api().post(f"{BASE}/schedule", body, format="json").json()
    assert said["schedule"]["asset"] == "P-101"


@pytest.mark.parametrize(
    ("more", "status", "field"),
    [
        ({"equipment_id": "nothing"}, 404, "equipment_id"),
        ({"predicted_failure_date": "2020-01-01T00:00:00Z"}, 422, "predicted_failure_date"),
        ({"predicted_failure_date": "9999-12-31T23:59:59Z"}, 422, "predicted_failure_date"),
        ({"predicted_failure_date": "9999-12-31T23:59:59-14:00"}, 400, "predicted_failure_date"),
        ({"predicted_failure_date": "soon"}, 400, "predicted_failure_date"),
        ({"sensor_id": "both"}, 400, "non_field_errors"),
        ({"work_hours": 0}, 422, "work_hours"),
        ({"prediction_confidence": 2}, 400, "prediction_confidence"),
    ],
)
def test_scheduling_refuses_what_makes_no_sense_by_field_and_reason(api, asset, more, status, field):
    answer = schedule(api, **more)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert answer.json()["detail"] == answer.json()["errors"][0]["detail"]
    assert not MaintenanceTask.objects.exists()


@pytest.mark.parametrize(
    ("action", "body", "status", "field"),
    [
        ("complete", {}, 400, "finding"),
        ("complete", {"finding": "perhaps"}, 400, "finding"),
        ("complete", {"finding": "true", "new_baseline": True}, 422, "new_baseline"),
        ("complete", {"finding": "true", "findings": [{"alert": 1, "finding": "true"}]}, 422, "findings"),
        ("complete", {"finding": "true", "findings": [{"alert": 1}]}, 400, "findings.0.finding"),
        ("cancel", {"reason": ""}, 400, "reason"),
        ("reschedule", {"technician_id": 0}, 404, "technician_id"),
        ("reschedule", {"start": "2020-01-01T00:00:00Z"}, 422, "start"),
    ],
)
def test_what_cannot_be_done_to_a_task_is_refused_by_field_and_reason(api, task, action, body, status, field):
    answer = api().post(f"{BASE}/tasks/{task.uid}/{action}/", body, format="json")
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (status, field)
    assert error["detail"]
    task.refresh_from_db()
    assert task.status == "scheduled"


def test_scheduled_lists_what_is_coming_the_next_first(api, task):
    earlier = TaskFactory(
        asset=task.asset,
        technician=task.technician,
        period=(task.period.lower - timedelta(days=1), task.period.lower),
    )
    TaskFactory(asset=task.asset, status="completed")
    rows = api("maintenance:read").get(f"{BASE}/scheduled").json()["results"]
    assert [row["id"] for row in rows] == [str(earlier.uid), str(task.uid)]


def test_a_task_is_started_completed_and_logged(api, task):
    client = api("maintenance:read", "tasks:update")
    assert client.post(f"{BASE}/tasks/{task.uid}/start/").json()["status"] == "in_progress"
    done = client.post(
        f"{BASE}/tasks/{task.uid}/complete/", {"finding": "true", "failure_mode": "VIB"}, format="json"
    )
    assert (done.json()["status"], done.json()["log"]["finding"]) == ("completed", "true")
    assert [step["action"] for step in done.json()["transitions"]] == ["started", "completed"]
    assert client.get(f"{BASE}/logs/").json()["results"][0]["task_id"] == str(task.uid)
    assert client.post(f"{BASE}/tasks/{task.uid}/start/").status_code == 409


@pytest.mark.parametrize("anew", [True, False])
def test_a_completed_task_begins_a_new_normal_where_asked(api, task, other_organization, anew):
    sensor = SensorFactory(organization=task.organization, asset=task.asset)
    path, body = f"{BASE}/tasks/{task.uid}/complete/", {"finding": "true", "new_baseline": anew}
    stranger = api(organization=other_organization).post(path, body, format="json")
    assert (stranger.status_code, Baseline.objects.count()) == (404, 0)
    done = api("tasks:update").post(path, body, format="json").json()
    assert [row.sensor for row in Baseline.objects.all()] == [sensor] * anew
    steps = ["completed", "learns_anew"] if anew else ["completed"]
    assert [step["action"] for step in done["transitions"]] == steps


def test_a_task_is_moved_and_cancelled_by_who_plans(api, task):
    client, start = api("maintenance:schedule"), timezone.now() + timedelta(days=400)
    moved = client.post(f"{BASE}/tasks/{task.uid}/reschedule/", {"start": start.isoformat()}, format="json")
    assert moved.status_code == 200
    assert client.post(f"{BASE}/tasks/{task.uid}/cancel/", {}, format="json").status_code == 400
    gone = client.post(f"{BASE}/tasks/{task.uid}/cancel/", {"reason": "not needed"}, format="json")
    assert gone.json()["status"] == "cancelled"
    assert api("tasks:update").post(f"{BASE}/tasks/{task.uid}/cancel/").status_code == 403


def test_a_failure_mode_that_grows_in_capitals_is_no_crash(api, task):
    body = {"finding": "true", "failure_mode": "ß" * 16}
    done = api("tasks:update").post(f"{BASE}/tasks/{task.uid}/complete/", body, format="json")
    assert (done.status_code, done.json()["log"]["failure_mode"]) == (200, "S" * 16)


def test_a_clash_is_409_in_words(api, task):
    other = TechnicianFactory(site=task.asset.site, name="Bruno")
    TaskFactory(technician=other, asset=task.asset, period=task.period)
    MaintenanceTask.objects.update(status="scheduled")
    body = {"technician_id": other.pk}
    answer = api().post(f"{BASE}/tasks/{task.uid}/reschedule/", body, format="json")
    assert answer.status_code == 409
    assert "Bruno is booked" in answer.json()["detail"]


@pytest.mark.parametrize("start", ["2020-01-01T00:00:00Z", "9999-12-31T23:30:00Z"])
def test_nothing_is_moved_to_a_time_that_makes_no_sense(api, task, start):
    answer = api().post(f"{BASE}/tasks/{task.uid}/reschedule/", {"start": start}, format="json")
    assert answer.status_code == 422
    assert api().get(f"{BASE}/tasks/{task.uid}/").json()["start"] == "2026-03-02T13:00:00Z"


@pytest.mark.parametrize("status", ["active", "scheduled", "completed"])
def test_tasks_are_filtered(api, task, status):
    rows = api().get(f"{BASE}/tasks/", {"status": status, "asset": "P-101"}).json()["results"]
    assert len(rows) == (status != "completed")


def test_another_organizations_work_does_not_exist(api, task, other_organization):
    stranger = api(organization=other_organization)
    for path in (f"tasks/{task.uid}/", f"tasks/{task.uid}/start/"):
        call = stranger.get if path.endswith(f"{task.uid}/") else stranger.post
        assert call(f"{BASE}/{path}").status_code == 404
    assert schedule(lambda *_: stranger).status_code == 404
    assert stranger.get(f"{BASE}/scheduled").json()["results"] == []


def test_technicians_are_employed_changed_and_read(api, organization):
    site = SiteFactory(organization=organization, code="plant")
    SkillFactory(organization=organization, code="vibration")
    shift = {"weekday": 0, "starts_at": "08:00", "ends_at": "16:00"}
    body = {"name": "Ana", "site": "plant", "skills": ["vibration"], "shifts": [shift]}
    made = api("maintenance:schedule").post("/api/v1/technicians/", body, format="json")
    path = f"/api/v1/technicians/{made.json()['id']}/"
    changed = api().patch(path, {"is_active": False, "shifts": []}, format="json").json()
    assert (made.status_code, made.json()["skills"]) == (201, ["vibration"])
    assert (changed["is_active"], changed["shifts"], changed["skills"]) == (False, [], ["vibration"])
    assert Technician.objects.get().site == site


def test_a_second_technician_of_the_same_name_is_refused(api, organization):
    technician = TechnicianFactory(site__organization=organization)
    body = {"name": technician.name, "site": technician.site.code}
    assert api().post("/api/v1/technicians/", body, format="json").status_code == 400


def test_technicians_of_others_do_not_exist(api, other_organization):
    stranger = TechnicianFactory(site__organization=other_organization)
    assert api().get(f"/api/v1/technicians/{stranger.pk}/").status_code == 404
    body = {"name": "Eve", "site": stranger.site.code}
    assert api().post("/api/v1/technicians/", body, format="json").status_code == 400
