"""Past alerts of which people said what they were, and those among them that are like a new one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from anomalies.models import Alert, AlertSensor, Case
from anomalies.similarity import LEAST, POINTS, Features, Likeness, filled, likeness
from mlops.failure_modes import words_of

BEFORE = timedelta(hours=6)
REMEMBERED = 500
SHOWN = 3

SQL = """
    SELECT width_bucket(extract(epoch FROM measured_at), %s, %s, %s) AS bucket, avg(value)
    FROM sensors_reading
    WHERE sensor_id = %s AND measured_at > to_timestamp(%s) AND measured_at <= to_timestamp(%s)
    GROUP BY bucket
"""


@dataclass(frozen=True)
class Similar:
    """A past case, how like it is (0 to 1) and why."""

    case: Case
    likeness: Likeness

    @property
    def mode(self) -> str:
        return words_of(self.case.failure_mode)


def similar_cases(alert: Alert) -> list[Similar]:
    """Return the past cases of the organization that are most like the alert, the likest first."""
    past = Case.objects.filter(organization=alert.organization_id).exclude(alert=alert.pk)
    past = past.exclude(finding="", notes="").select_related("alert__asset__site").order_by("-at")
    cases = list(past[:REMEMBERED])
    if not cases:
        return []
    wanted = features_of(alert)
    found = [Similar(case, likeness(wanted, _remembered(case))) for case in cases]
    likely = [one for one in found if one.likeness.score >= LEAST]
    return sorted(likely, key=lambda one: (-one.likeness.score, -one.case.pk))[:SHOWN]


def features_of(alert: Alert) -> Features:
    """Return what an alert is compared by; reads the strongest sensor's last six hours before it."""
    rows = sorted(alert.alert_sensors.select_related("sensor"), key=lambda row: -row.score)
    kinds: dict[str, float] = {}
    for row in rows:
        kinds[row.sensor.kind] = kinds.get(row.sensor.kind, 0.0) + row.share
    return Features(
        cause=alert.cause,
        asset_id=alert.asset_id,
        asset_class=alert.asset.asset_class,
        kinds=kinds,
        shape=_shape(alert, rows[0]) if rows else (),
    )


def _shape(alert: Alert, row: AlertSensor) -> tuple[float, ...]:
    """Return its course from six hours before the alert began up to when it was raised, an hour at most."""
    begin = (alert.started_at - BEFORE).timestamp()
    end = min(alert.latest_at, alert.started_at + timedelta(hours=1)).timestamp() + 1e-3
    with connection.cursor() as cursor:
        cursor.execute(SQL, [begin, end, POINTS, row.sensor_id, begin, end])
        buckets = {min(max(bucket, 1), POINTS): mean for bucket, mean in cursor.fetchall()}
    return filled(buckets, row.normal_low, row.normal_high)


def _remembered(case: Case) -> Features:
    alert = case.alert
    return Features(alert.cause, alert.asset_id, case.asset_class, case.kinds, tuple(case.shape))
