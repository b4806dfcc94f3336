"""How fast the main pages of a large plant are, beside the barest page of the same server, in turns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4

import httpx
from django.urls import reverse
from psycopg.types.range import Range

from anomalies.models import Alert, AlertSensor
from maintenance.models import Action, Decision, MaintenanceTask, Technician
from sensors.models import Sensor
from smartmaint.accounts.models import Membership
from smartmaint.embedded.benchmarks.filling import SPAN, fill
from smartmaint.embedded.benchmarks.trial import Trial, trial
from smartmaint.embedded.benchmarks.visiting import p95, visitor

SENSORS, MACHINES = 1_000, 100
OPEN, CLOSED = 500, 5_000  # alerts
WAITING, BOOKED = 50, 50  # decisions, tasks
AIM = 0.1  # seconds
AIM_POINTS = 2_000
SUMMARY = "Vibration has been 4.1 mm/s for an hour; 1.9 to 2.4 is normal."


@dataclass(frozen=True)
class Pages:
    """p95 in seconds of each page's answer and of the reference's; the points of the 90-day chart's lines."""

    sensors: int
    readings: int
    open_alerts: int
    pages: dict[str, float]
    reference: float
    chart_lines: int
    chart_points: int

    @property
    def ratio(self) -> dict[str, float]:
        return {name: seconds / self.reference for name, seconds in self.pages.items()}

    def as_json(self) -> dict[str, Any]:
        return {**asdict(self), "ratio": self.ratio, "aim": AIM, "aim_points": AIM_POINTS}

    def told(self) -> str:
        late = [name for name, seconds in self.pages.items() if seconds > AIM]
        lines = [
            f"  {name:<28} {seconds * 1000:>7.0f} ms {self.ratio[name]:>6.1f}"
            for name, seconds in sorted(self.pages.items(), key=lambda page: -page[1])
        ]
        return "\n".join(
            (
                f"pages: {self.sensors:,} sensors, {self.readings:,} readings, {self.open_alerts} alerts; "
                f"p95, and its ratio to the sign-in page ({self.reference * 1000:.0f} ms):",
                *lines,
                f"  the 90-day chart has {self.chart_lines} lines of at most {self.chart_points:,} points. "
                f"Aim: {AIM * 1000:.0f} ms and {AIM_POINTS:,} points; missed by: "
                f"{', '.join(late) or 'none'}.",
            )
        )


def measure(credentials: dict[str, Any], *, readings: int, told: Callable[[int], Any]) -> Pages:
    """Build the plant, open each page, and remove the plant. `told` hears how many readings were stored."""
    with trial(credentials["api_url"], sensors=SENSORS, machines=MACHINES) as plant:
        fill(plant, readings // SENSORS, told)
        _fill_work(plant)
        return _figures(plant, credentials["url"], readings // SENSORS * SENSORS)


def _figures(plant: Trial, url: str, readings: int) -> Pages:
    with visitor(plant, url, Membership.Role.ADMIN) as browser, httpx.Client(base_url=url) as stranger:
        before = p95(stranger, reverse("sign-in"))
        seconds = {name: p95(browser, path) for name, path in _addresses(plant).items()}
        after = p95(stranger, reverse("sign-in"))
        chart = browser.get(_chart(plant)).raise_for_status().json()["figure"]
    lines = [trace for trace in chart["data"] if str(trace.get("mode", "")).startswith("lines")]
    return Pages(
        sensors=len(plant.sensors),
        readings=readings,
        open_alerts=OPEN,
        pages=seconds,
        reference=max(before, after),
        chart_lines=len(lines),
        chart_points=max(len(trace["x"]) for trace in lines),
    )


def _addresses(plant: Trial) -> dict[str, str]:
    sensor = Sensor.objects.get(pk=next(iter(plant.sensors.values())))
    alert = Alert.objects.filter(organization=plant.organization).open().order_by("pk")[0]
    task = MaintenanceTask.objects.filter(organization=plant.organization).order_by("pk")[0]
    lists = ("overview", "alert-list", "asset-list", "decision-list", "task-list", "my-work")
    more = ("model-list", "drift-list", "replay-list", "quarantine", "system", "settings")
    return {
        **{name: reverse(name) for name in (*lists, *more)},
        "frame of every page": reverse("frame"),
        "alert-list, closed": f"{reverse('alert-list')}?state=closed",
        "alert-list, words": f"{reverse('alert-list')}?q=vibration",
        "task-list, days": f"{reverse('task-list')}?view=days",
        "alert-detail": reverse("alert-detail", args=[alert.pk]),
        "alert-work": reverse("alert-work", args=[alert.pk]),
        "alert-chart": reverse("alert-chart", args=[alert.pk]),
        "task-detail": reverse("task-detail", args=[task.uid]),
        "asset-detail": reverse("asset-detail", args=[sensor.asset_id]),
        "sensor-detail": reverse("sensor-detail", args=[sensor.pk]),
        "sensor-chart": reverse("sensor-chart", args=[sensor.pk]),
        "90-day chart of 10 sensors": _chart(plant),
    }


def _chart(plant: Trial) -> str:
    sensor = Sensor.objects.get(pk=next(iter(plant.sensors.values())))
    now = datetime.now(UTC)
    span = urlencode({"from": (now - SPAN).isoformat(), "to": now.isoformat()})
    return f"{reverse('asset-chart', args=[sensor.asset_id])}?{span}"


def _fill_work(plant: Trial) -> None:
    """Make alerts, questions and bookings of a plant that is not well."""
    sensors = list(Sensor.objects.filter(organization=plant.organization).order_by("pk"))
    now = datetime.now(UTC)
    alerts = Alert.objects.bulk_create(_alert(sensors, number, now) for number in range(OPEN + CLOSED))
    AlertSensor.objects.bulk_create(
        AlertSensor(alert=alert, sensor=sensors[n % SENSORS], score=5, share=1, value=4.1, reason=SUMMARY)
        for n, alert in enumerate(alerts)
    )
    Decision.objects.bulk_create(_question(alert, now) for alert in alerts[:WAITING])
    technician = Technician.objects.create(
        organization=plant.organization, site=sensors[0].asset.site, name="Ana"
    )
    MaintenanceTask.objects.bulk_create(
        _task(alert, technician, now + timedelta(hours=number))
        for number, alert in enumerate(alerts[WAITING : WAITING + BOOKED])
    )


def _alert(sensors: list[Sensor], number: int, now: datetime) -> Alert:
    """Return an open alert, or, of those after the first OPEN, a closed one; of the last twelve weeks."""
    sensor, is_open = sensors[number % SENSORS], number < OPEN
    at = now - (SPAN - timedelta(days=5)) * number / (OPEN + CLOSED)
    return Alert(
        organization_id=sensor.organization_id,
        asset_id=sensor.asset_id,
        subject_sensor=sensor,
        cause=Alert.Cause.ABNORMAL_BEHAVIOUR,
        state=Alert.State.UNACKNOWLEDGED if is_open else Alert.State.NORMAL,
        priority=1 + number % 3,
        detected_priority=1 + number % 3,
        summary=SUMMARY,
        reasons=[SUMMARY],
        score=5,
        verdict=Alert.Verdict.CONFIRMED,
        confidence=0.9,
        needs_verdict=False,
        detector="benchmark",
        correlation_id=uuid4(),
        started_at=at - timedelta(hours=1),
        latest_at=at,
        raised_at=at,
        ended_at=None if is_open else at,
        closed_at=None if is_open else at,
    )


def _question(alert: Alert, now: datetime) -> Decision:
    return Decision(
        organization_id=alert.organization_id,
        alert=alert,
        asset_id=alert.asset_id,
        title="Inspect the machine",
        action=Action.ASK,
        status=Decision.Status.PENDING,
        question="Inspect the machine?",
        reasons=[SUMMARY],
        rule_name="benchmark",
        due_at=now + timedelta(hours=8),
        correlation_id=alert.correlation_id,
        decided_at=now,
    )


def _task(alert: Alert, technician: Technician, start: datetime) -> MaintenanceTask:
    return MaintenanceTask(
        organization_id=alert.organization_id,
        alert=alert,
        asset_id=alert.asset_id,
        technician=technician,
        period=Range(start, start + timedelta(hours=1)),
        title="Inspect the machine",
        reasons=[SUMMARY],
        correlation_id=alert.correlation_id,
        booked_at=start,
    )
