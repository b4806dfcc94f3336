"""What evaluation says of a recording is what people get when its readings come in."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from anomalies.detect import detect_anomalies
from anomalies.models import Alert
from anomalies.services import acknowledge_alert
from mlops.models import ModelVersion
from reports.evaluation import nab
from sensors.events import ReadingsStored
from sensors.models import Reading
from smartmaint.accounts.callers import Caller
from tests.anomalies.learning.factories import ChallengerFactory
from tests.sensors.factories import AssetFactory, SensorFactory

FILE = "NAB/data/realTraffic/speed_7578.csv"
AT_ONCE = 20  # fewer than the quiet rows that end an episode: no two begin in one batch


@pytest.fixture(scope="module")
def recording(test_data):
    return nab.read(test_data / FILE)


def chosen(organization, sensitivity):
    """Return a sensor of an asset whose settings people have chosen."""
    asset = AssetFactory(organization=organization)
    settings = {"sensitivity": sensitivity}
    ChallengerFactory(
        model__organization=organization,
        model__scope=f"asset:{asset.pk}",
        stage=ModelVersion.Stage.CHAMPION,
        settings=settings,
    )
    return SensorFactory(organization=organization, asset=asset)


def come_in(sensor, recording):
    """Store the readings, a few at a time; somebody acknowledges each alert, so that none covers the next."""
    for start in range(0, len(recording.heard), AT_ONCE):
        rows = recording.heard[start : start + AT_ONCE]
        at = [datetime.fromtimestamp(recording.time[row], UTC) for row in rows]
        Reading.objects.bulk_create(
            Reading(sensor=sensor, measured_at=moment, value=recording.value[row])
            for moment, row in zip(at, rows, strict=True)
        )
        spans = {sensor.pk: (at[0].isoformat(), at[-1].isoformat())}
        event = ReadingsStored(organization_id=sensor.organization_id, spans=spans, count=len(at), late=False)
        detect_anomalies(events=[event], at=at[-1] + timedelta(seconds=1))
        acknowledge(sensor, at[-1])


def acknowledge(sensor, at):
    caller = Caller(sensor.organization, frozenset(), "tester")
    for alert in Alert.objects.filter(state__in=(Alert.State.UNACKNOWLEDGED, Alert.State.RTN_UNACKNOWLEDGED)):
        acknowledge_alert(alert=alert, caller=caller, reason="", at=at)


@pytest.fixture(scope="module")
def evaluated(recording):
    """When the evaluation sees alerts begin."""
    judged, time = nab.judge(recording), recording.time[recording.heard]
    scores = nab.score(recording)[recording.heard]
    assert np.array_equal(scores >= nab.SENSITIVE_MARK, judged.begins[0] > 0)
    return dict(zip(("sensitive", "calm"), (time[one > 0].tolist() for one in judged.begins), strict=True))


@pytest.mark.parametrize("sensitivity", ["sensitive", "calm"])
def test_live_alerts_begin_where_the_evaluation_says(organization, recording, evaluated, sensitivity):
    come_in(chosen(organization, sensitivity), recording)
    begun = Alert.objects.filter(cause=Alert.Cause.ABNORMAL_BEHAVIOUR).order_by("started_at")
    live = [alert.started_at.timestamp() for alert in begun]
    assert len(live) >= 2
    assert live == evaluated[sensitivity]
