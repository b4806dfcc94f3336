"""What people find becomes labels that count, moves thresholds, and is remembered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from anomalies.detection_settings import offsets_of, steps_of
from anomalies.models import Case, ThresholdStep
from anomalies.services import report_missed, resolve_alert, undo_step
from maintenance.services import complete_task
from mlops.models import ModelVersion, Outcome
from mlops.services import tally_of
from smartmaint.accounts.problems import Conflict, Unprocessable
from tests.anomalies.factories import STARTED, AlertFactory, AlertSensorFactory
from tests.maintenance.factories import TaskFactory

FOUND = STARTED + timedelta(hours=41)


@pytest.fixture
def alert(asset, sensor):
    alert = AlertFactory(asset=asset, verdict="confirmed")
    AlertSensorFactory(alert=alert, sensor=sensor)
    return alert


def complete(alert, caller, finding, **values):
    task = TaskFactory(asset=alert.asset, alert=alert)
    return complete_task(task=task, caller=caller, finding=finding, at=FOUND, **values)


def moved(sensor, at):
    return offsets_of([sensor], steps_of([sensor.asset_id], at), at)[0]


@pytest.mark.parametrize("finding", ["true", "false", "early", "missed"])
def test_completing_a_task_labels_the_settings_that_raised_its_alert(alert, caller, finding):
    complete(alert, caller, finding, failure_mode="vib")
    label = Outcome.objects.get()
    assert (label.finding, label.failure_mode, label.source) == (finding, "VIB", "technician")
    assert (label.version.number, label.version.actor) == (1, "Smartmaint")
    assert (label.raised_at, label.found_at) == (alert.raised_at, FOUND)


def test_precision_recall_and_lead_time_come_from_labels(alert, caller, asset):
    complete(alert, caller, "true")
    report_missed(asset=asset, by=caller, found_at=FOUND, at=FOUND, failure_mode="OHE")
    tally = tally_of(ModelVersion.objects.get())
    assert (tally.precision.share, tally.recall.share, tally.lead) == (1.0, 0.5, 41.0)
    assert 0.25 < tally.precision.low < 0.3


def test_an_operators_word_counts_half_until_somebody_was_at_the_machine(alert, caller):
    resolve_alert(alert=alert, caller=caller, reason="cleaning", false_alarm=True, at=STARTED)
    assert tally_of(ModelVersion.objects.get()).false == 0.5
    complete(alert, caller, "true")
    tally = tally_of(ModelVersion.objects.get())
    assert (tally.hits, tally.false) == (1.0, 0.0)


def test_a_fixed_limit_says_nothing_of_the_settings(asset, caller):
    complete(AlertFactory(asset=asset, cause="limit_exceeded"), caller, "false")
    assert Outcome.objects.get().version is None
    assert not ThresholdStep.objects.exists()


def test_a_false_alarm_asks_more_of_its_sensor_and_that_fades(alert, sensor, caller):
    complete(alert, caller, "false")
    assert moved(sensor, FOUND) == pytest.approx(0.2)
    assert moved(sensor, FOUND + timedelta(days=60)) == pytest.approx(0.1)
    assert moved(sensor, FOUND + timedelta(days=400)) == 0


def test_a_missed_failure_asks_less_of_all_of_the_asset(asset, sensor, caller):
    report_missed(asset=asset, by=caller, found_at=STARTED, at=STARTED)
    assert moved(sensor, STARTED) == pytest.approx(-0.3)


def test_thresholds_stay_within_bounds(asset, sensor, caller):
    for _ in range(5):
        report_missed(asset=asset, by=caller, found_at=STARTED, at=STARTED)
    assert moved(sensor, STARTED) == -0.5


def test_a_step_is_taken_back_once_and_says_by_whom(alert, sensor, caller):
    complete(alert, caller, "false")
    step = undo_step(step=ThresholdStep.objects.get(), by=caller, at=FOUND)
    assert (moved(sensor, FOUND), step.undone_by) == (0, caller.name)
    with pytest.raises(Conflict, match="taken back already"):
        undo_step(step=step, by=caller, at=FOUND)


def test_what_the_screen_said_gives_way_to_the_machine(alert, sensor, caller):
    resolve_alert(alert=alert, caller=caller, reason="cleaning", false_alarm=True, at=STARTED)
    assert moved(sensor, STARTED) == pytest.approx(0.1)
    complete(alert, caller, "true")
    assert moved(sensor, FOUND) == 0


def test_a_failure_is_not_reported_from_the_future(asset, caller):
    with pytest.raises(Unprocessable, match="future"):
        report_missed(asset=asset, by=caller, found_at=FOUND, at=STARTED)


def test_a_finding_is_remembered_as_a_case(alert, caller):
    complete(alert, caller, "true", failure_mode="VIB", notes="Bearing replaced.")
    case = Case.objects.get()
    assert (case.finding, case.failure_mode, case.notes) == ("true", "VIB", "Bearing replaced.")
    assert (case.asset_class, case.kinds) == ("pump", {"vibration": 1.0})
