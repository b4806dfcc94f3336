"""Alerts that are confirmed, with all that follows, and what people were told."""

from __future__ import annotations

from datetime import timedelta

import time_machine
from django.core import mail

from anomalies.events import AlertConfirmed
from anomalies.models import Alert
from maintenance.models import Absence, Decision
from smartmaint.events.outbox import publish
from smartmaint.events.testing import drain
from tests.anomalies.factories import AlertFactory, AlertSensorFactory
from tests.maintenance.factories import NOW, AbsenceFactory, DecisionFactory
from tests.sensors.factories import SensorFactory

LATER = NOW + timedelta(hours=1)
Cause = Alert.Cause


def hear(pump, cause=Cause.ABNORMAL_BEHAVIOUR, at=NOW, **values):
    """Confirm an alert of the machine, and let all follow that follows."""
    sensor = SensorFactory(organization=pump.organization, asset=pump)
    said = {"verdict": "confirmed", "confidence": 0.9, **values}
    alert = AlertFactory(asset=pump, cause=cause, subject_sensor=sensor, **said)
    AlertSensorFactory(alert=alert, sensor=sensor)
    confirm(alert, at)
    return alert


def confirm(alert, at):
    told = {"organization_id": alert.organization_id, "correlation_id": alert.correlation_id}
    publish(AlertConfirmed(**told, alert_id=alert.pk))
    settle(at)


def unsure(pump, at=NOW):
    """Confirm an alert that the policy asks a person about."""
    return hear(pump, at=at, confidence=0.3, priority=4)


def decision_of(pump, **values) -> Decision:
    alert = AlertFactory(asset=pump, subject_sensor=SensorFactory(asset=pump))
    return DecisionFactory(asset=pump, alert=alert, **values)


def settle(at=NOW):
    with time_machine.travel(at, tick=False):
        drain()


def mails_to(technician) -> list[str]:
    return [message.subject for message in mail.outbox if message.to == [technician.email]]


def away_until_thursday(technician) -> Absence:
    return AbsenceFactory(technician=technician, period=(NOW, NOW + timedelta(days=2, hours=12)))
