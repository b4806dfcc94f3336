"""`POST ml/check_drift` and `manage.py check_drift`."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from time import monotonic

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mlops.models import DriftCheck, DriftFinding
from tests.anomalies.drifting.history import remember
from tests.sensors.factories import SensorFactory

pytestmark = pytest.mark.django_db
URL = "/api/v1/ml/check_drift"


@pytest.fixture
def sensor(organization):
    """Two weeks, the last day three spreads higher."""
    sensor = SensorFactory(organization=organization, code="P-1.flow")
    remember(sensor, days=20, moved=4, moved_days=1, until=timezone.now())
    return sensor


def test_it_answers_with_both_statistics_and_what_was_compared(api, sensor):
    answer = api("ml:drift").post(URL, {"sensor_id": "P-1.flow", "window_minutes": 1440})
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["outcome"], body["drift_detected"], body["same_hours"]) == ("drifted", True, True)
    assert body["ks_statistic"] > 0.5
    assert body["p_value"] < 0.01
    assert body["psi"] > body["psi_excess"] > 0.25
    assert body["reference_stretches"] == 19
    assert body["median"] - body["median_before"] == pytest.approx(4, abs=1)


def test_a_check_is_a_row_that_says_who_asked(api, sensor):
    body = api("ml:drift").post(URL, {"sensor_id": "P-1.flow"}).json()
    check = DriftCheck.objects.get(pk=body["check_id"])
    assert (check.cause, check.state, str(check.correlation_id)) == ("api", "done", body["correlation_id"])
    assert check.actor.startswith("token ")


def test_too_little_is_an_answer_not_an_error(api, organization):
    SensorFactory(organization=organization, code="new")
    body = api("ml:drift").post(URL, {"sensor_id": "new"}).json()
    assert (body["outcome"], body["ks_statistic"]) == ("not_enough_data", None)
    assert body["reasons"] == ["It has no readings yet."]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("window_minutes", 5),
        ("window_minutes", 10**9),
        ("window_minutes", "long"),
        ("p_value_threshold", 0),
        ("p_value_threshold", 2),
        ("min_samples", 1),
        ("sensor_id", ""),
    ],
)
def test_a_field_out_of_bounds_is_named(api, organization, field, value):
    answer = api("ml:drift").post(URL, {"sensor_id": "P-1.flow", field: value})
    assert answer.status_code == 400
    assert answer.json()["errors"][0]["field"] == field


def test_another_organizations_sensor_does_not_exist(api, sensor, other_organization):
    client = api("ml:drift", organization=other_organization)
    assert client.post(URL, {"sensor_id": "P-1.flow"}).status_code == 404
    assert api("data:read").post(URL, {"sensor_id": "P-1.flow"}).status_code == 403


def test_a_token_may_check_ten_times_a_minute(api, organization):
    SensorFactory(organization=organization, code="new")
    began = monotonic()
    codes = [api("ml:drift").post(URL, {"sensor_id": "new"}) for _ in range(15)]
    assert [answer.status_code for answer in codes[:10]] == [200] * 10
    more = sum(answer.status_code == 200 for answer in codes[10:])
    assert more <= (monotonic() - began) / 6  # one each 6 s; none where the machine is as quick as usual
    assert codes[-1].status_code == 429
    assert 1 <= int(codes[-1]["Retry-After"]) <= 7
    assert "10 checks a minute" in codes[-1].json()["detail"]


def run(*arguments):
    out = StringIO()
    call_command("check_drift", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def test_the_command_looks_at_all_and_says_who_drifted(sensor):
    other = SensorFactory(organization=sensor.organization)
    remember(other, days=20, until=timezone.now())
    assert "1 of 2 have drifted." in run()
    assert DriftFinding.objects.drifted().get().scope == f"sensor:{sensor.pk}"


def test_the_command_looks_at_one_by_its_code(sensor):
    assert "1 of 1 have drifted." in run("--sensor", "P-1.flow", "--window-minutes", "1440")
    with pytest.raises(CommandError, match="no sensor nothing"):
        run("--sensor", "nothing")


def test_what_was_found_long_ago_is_forgotten_but_for_the_newest(sensor):
    from anomalies.drifting.checks import start_due_checks

    for _ in range(2):
        run("--sensor", "P-1.flow")
    DriftFinding.objects.update(found_at=timezone.now() - timedelta(days=200))
    DriftCheck.objects.update(started_at=timezone.now() - timedelta(days=200))
    start_due_checks(at=timezone.now())
    assert DriftFinding.objects.count() == 1
