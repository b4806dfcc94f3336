"""A visit for several alerts is closed with what was found of each."""

from __future__ import annotations

import pytest

from anomalies.models import Alert, Case
from maintenance.models import MaintenanceLog
from maintenance.services import Found, complete_task
from mlops.models import Outcome
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Unprocessable
from tests.anomalies.factories import AlertFactory
from tests.maintenance.factories import NOW, DecisionFactory, JoiningFactory, TaskFactory
from tests.sensors.factories import AssetFactory


@pytest.fixture
def task(organization):
    """A visit for trouble of a pump and, since later, of one of its sensors."""
    asset = AssetFactory(organization=organization)
    lead = DecisionFactory(asset=asset, alert=AlertFactory(asset=asset, verdict="confirmed"))
    stuck = {"decision__alert__cause": "sensor_stuck", "decision__alert__summary": "P-1.flow is stuck."}
    JoiningFactory(visit=lead, **stuck)
    return TaskFactory(asset=asset, alert=lead.alert, decision=lead)


def close(task, finding="true", **more):
    caller = Caller(task.organization, frozenset(), "Ana")
    return complete_task(task=task, caller=caller, finding=finding, at=NOW, **more)


def labels():
    return list(Outcome.objects.order_by("pk").values_list("subject", "finding", "failure_mode"))


def test_one_finding_holds_for_all_and_closes_all(task):
    log = close(task, failure_mode="VIB")
    first, second = task.alerts
    assert {alert.state for alert in Alert.objects.all()} == {Alert.State.NORMAL}
    assert labels() == [(f"alert:{first.pk}", "true", "VIB"), (f"alert:{second.pk}", "true", "VIB")]
    assert log.alert_findings.count() == Case.objects.count() == 2


def test_a_finding_of_one_alert_may_differ(task):
    first, second = task.alerts
    close(task, failure_mode="VIB", findings={second.pk: Found("false")})
    assert labels() == [(f"alert:{first.pk}", "true", "VIB"), (f"alert:{second.pk}", "false", "")]
    assert second.transitions.get().action == "resolved_as_false"


def test_the_log_tells_of_a_fault_wherever_one_was_found(task):
    _, second = task.alerts
    log = close(task, "false", findings={second.pk: Found("true", "ins")})
    assert (log.finding, log.failure_mode) == ("true", "INS")


def test_what_nothing_announced_was_missed_once(task):
    close(task, "missed")
    assert [finding for _, finding, _ in labels()] == ["missed"]
    assert not Alert.objects.open().exists()


def test_another_visits_alert_is_refused_by_name(task):
    stranger = AlertFactory()
    with pytest.raises(Unprocessable, match=f"does not see to the alert {stranger.pk}"):
        close(task, findings={stranger.pk: Found("true")})
    assert not MaintenanceLog.objects.exists()


def test_the_api_lists_all_alerts_and_takes_what_differs(api, task):
    first, second = task.alerts
    path, client = f"/api/v1/maintenance/tasks/{task.uid}/", api()
    shown = client.get(path).json()
    assert [row["id"] for row in shown["alerts"]] == [first.pk, second.pk]
    body = {"finding": "true", "findings": [{"alert": second.pk, "finding": "early", "failure_mode": "ins"}]}
    done = client.post(f"{path}complete/", body, format="json").json()
    found = [(row["alert"], row["finding"], row["failure_mode"]) for row in done["log"]["findings"]]
    assert found == [(first.pk, "true", ""), (second.pk, "early", "INS")]
    rows = {row["alert"]: row for row in client.get("/api/v1/decisions").json()["results"]}
    assert rows[second.pk]["joined_to"] == rows[first.pk]["request_id"]
    assert rows[second.pk]["status"] == "joined"


def test_the_page_closes_all_with_three_taps_or_tells_them_apart(technician, task):
    _, second = task.alerts
    page = technician.get(f"/work/{task.uid}/").content.decode()
    assert page.count("required") == 4  # the four answers to one question
    assert "Something else for one of the 2 alarms" in page
    said = {"finding": "true", f"finding_{second.pk}": "false"}
    technician.post(f"/work/{task.uid}/complete/", said)
    assert [finding for _, finding, _ in labels()] == ["true", "false"]
    assert "P-1.flow is stuck. <strong>False" in technician.get(f"/work/{task.uid}/").content.decode()


def test_the_page_of_each_alert_shows_the_visit(viewer, task):
    for alert in task.alerts:
        assert task.title in viewer.get(f"/alerts/{alert.pk}/work/").content.decode()
    page = viewer.get("/decisions/").content.decode()
    assert f"the visit of {task.technician.name}" in page
