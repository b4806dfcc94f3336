"""The agents of `anomalies`."""

from __future__ import annotations

from celery import shared_task
from django.utils import timezone

from anomalies import services
from anomalies.events import (
    AlertConfirmed,
    AlertDismissed,
    AlertEnded,
    AlertRaised,
    AlertUpdated,
    ReplayAdvanced,
)
from anomalies.feed import RETENTION, prune_feed
from anomalies.live import AlertEvent, broadcast_alerts
from anomalies.models import Alert
from anomalies.services import trying
from mlops.asking import Json, answers
from mlops.events import DriftCheckAdvanced
from sensors.events import ReadingsStored, SensorsWentStale
from sensors.models import Sensor
from smartmaint.events.agents import agent


@agent(on=ReadingsStored, batch=True)
def detect_anomalies(events: list[ReadingsStored]) -> None:
    """Judge what is new; one batch at a time per organization, so that each state hears its readings once."""
    from anomalies import detect  # numpy: only in a worker that detects

    detect.detect_anomalies(events=events, at=timezone.now())


@agent(on=SensorsWentStale)
def expect_silence(event: SensorsWentStale) -> None:
    """Who is known to be cut off is overdue now: the watch need not wait for what would have been normal."""
    from anomalies import sensor_troubles

    sensor_troubles.expect_silence(
        organization_id=event.organization_id, sensor_ids=event.sensor_ids, at=timezone.now()
    )


@shared_task(name="anomalies.watch_silence")
def watch_silence() -> None:
    from anomalies import sensor_troubles

    sensor_troubles.raise_silence(at=timezone.now())


@agent(on=(AlertRaised, AlertUpdated))
def validate_alert(event: AlertRaised | AlertUpdated) -> None:
    """Judge the alert, unless its verdict still stands."""
    alert = Alert.objects.get(organization=event.organization_id, pk=event.alert_id)
    services.validate_alert(alert=alert, at=timezone.now())


@agent(on=(AlertRaised, AlertConfirmed, AlertDismissed, AlertUpdated, AlertEnded), batch=True)
def broadcast_alert(events: list[AlertEvent]) -> None:
    """Write the feed; one at a time per organization, so that its order is that of the events."""
    broadcast_alerts(events=events, at=timezone.now())


@shared_task(name="anomalies.review_trials")
def review_trials() -> None:
    """Promote what is better, where the organization allows it."""
    trying.review_trials(at=timezone.now())


@shared_task(name="anomalies.forget_feed")
def forget_feed() -> None:
    prune_feed(before=timezone.now() - RETENTION)


@agent(on=ReplayAdvanced)
def advance_replay(event: ReplayAdvanced) -> None:
    """Let the replay hear its next readings."""
    from anomalies.replaying import running  # numpy

    running.advance_replay(
        organization_id=event.organization_id, replay_id=event.replay_id, step=event.step, at=timezone.now()
    )


@shared_task(name="anomalies.tend_replays")
def tend_replays() -> None:
    from anomalies.replaying import tending

    tending.tend_replays(at=timezone.now())


@agent(on=DriftCheckAdvanced)
def advance_drift_check(event: DriftCheckAdvanced) -> None:
    """Look at the check's next sensors."""
    from anomalies.drifting import checks  # numpy: only in a worker that looks

    checks.advance_check(
        organization_id=event.organization_id, check_id=event.check_id, step=event.step, at=timezone.now()
    )


@shared_task(name="anomalies.start_drift_checks")
def start_drift_checks() -> None:
    from anomalies.drifting import checks

    checks.start_due_checks(at=timezone.now())


@answers("anomalies.judge_asked")
def judge_asked(question: Json) -> Json:
    from anomalies import asked

    sensor = Sensor.objects.get(organization=question["organization_id"], pk=question["sensor_id"])
    return asked.judge(sensor=sensor, question=question, at=timezone.now())
