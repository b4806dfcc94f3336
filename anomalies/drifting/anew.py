"""A drifted sensor is learnt anew, where a person says that this is its normal now."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from anomalies.drifting.checks import Cause, check_sensor
from anomalies.drifting.looking import Wish
from anomalies.services.baselines import restart_baseline
from mlops.drift.judging import Asked
from mlops.models import DriftFinding
from sensors.models import Sensor
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict

SENSOR = "sensor:"


@transaction.atomic
def begin_anew(*, finding: DriftFinding, by: Caller, at: datetime) -> DriftFinding:
    """Take a drifted sensor's normal to be what it says from now on. Return what is found of it then.

    Raises:
        Conflict: it has not drifted, or is an input of a model.
    """
    sensor = _drifted_sensor(finding)
    if sensor is None:
        raise Conflict("Only a sensor that has drifted can be learnt anew.")
    restart_baseline(
        organization_id=finding.organization_id,
        sensors=[sensor],
        actor=by.name,
        reason=f"Drift: {finding.reasons[0]}"[:500],
        at=at,
    )
    return check_sensor(sensor=sensor, cause=Cause.HAND, by=by, wish=Wish(at, Asked()))


def _drifted_sensor(finding: DriftFinding) -> Sensor | None:
    if finding.input or finding.outcome != DriftFinding.Outcome.DRIFTED:
        return None
    sensors = Sensor.objects.filter(organization=finding.organization_id).select_related("asset__site")
    return sensors.filter(pk=int(finding.scope.removeprefix(SENSOR))).first()
