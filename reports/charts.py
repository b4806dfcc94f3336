"""Charts: readings, normal band, alerts and work, loaded for a stretch of time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from django.urls import reverse

from anomalies.bands import normal_band
from anomalies.models import Alert, AlertQuerySet
from maintenance.models import MaintenanceTask
from reports.episodes import Episode, Figure
from reports.figures import Panel, build_figure
from reports.labels import label_of
from reports.spans import Span
from sensors.models import Asset, Sensor
from sensors.storage.series import load_series

POINTS = 2000
SMALL_POINTS = 500
MOST_PANELS = 12
BIG, SMALL = 340, 104  # px
MOST_EPISODES = 100
MARGIN = timedelta(hours=1)


def sensor_figure(sensor: Sensor, span: Span) -> Figure:
    """Return the big chart of one sensor."""
    episodes = [*_alerts(sensor.asset, span), *_work(sensor.asset, span)]
    panel = load_panel(sensor, span, POINTS, title="")
    return build_figure([panel], episodes, span.start, span.end, panel_height=BIG)


def asset_figure(asset: Asset, sensors: Sequence[Sensor], span: Span) -> Figure:
    """Return all sensors of a machine below each other, on one time axis."""
    panels = [load_panel(sensor, span, SMALL_POINTS) for sensor in sensors[:MOST_PANELS]]
    episodes = [*_alerts(asset, span), *_work(asset, span)]
    return build_figure(panels, episodes, span.start, span.end, panel_height=SMALL)


def alert_figure(alert: Alert, sensors: Sequence[Sensor], span: Span) -> Figure:
    """Return the evidence: the sensors that moved, around the episode."""
    panels = [load_panel(sensor, span, SMALL_POINTS) for sensor in sensors[:MOST_PANELS]]
    episodes = [_alert(alert, span), *_work(alert.asset, span)]
    return build_figure(panels, episodes, span.start, span.end, panel_height=SMALL + 40)


def span_around(alert: Alert) -> Span:
    """Show the episode with as much time before it, at least an hour on both sides."""
    end = alert.ended_at or alert.latest_at
    lead = max(MARGIN, end - alert.started_at)
    return Span(alert.started_at - lead, end + max(MARGIN / 4, (end - alert.started_at) / 8))


def load_panel(sensor: Sensor, span: Span, points: int, title: str | None = None) -> Panel:
    times, values = load_series(sensor, span.start, span.end, points)
    limits = (sensor.lower_limit, sensor.upper_limit)
    return Panel(
        title=label_of(sensor) if title is None else title,
        unit=sensor.unit,
        times=times,
        values=values,
        band=normal_band(sensor, times) if times else None,
        limits=[limit for limit in limits if limit is not None],
        interval=sensor.expected_interval,
    )


def _alerts(asset: Asset, span: Span) -> list[Episode]:
    rows: AlertQuerySet = Alert.objects.filter(organization=asset.organization_id).for_asset(asset)
    met = rows.visible().filter(started_at__lt=span.end, latest_at__gt=span.start)
    return [_alert(alert, span) for alert in met.order_by("-started_at")[:MOST_EPISODES]]


def _alert(alert: Alert, span: Span) -> Episode:
    start = max(alert.started_at, span.start)
    end = min(alert.ended_at or alert.latest_at, span.end)
    return Episode(start, end, alert.summary, reverse("alert-detail", args=[alert.pk]), alert.priority)


def _work(asset: Asset, span: Span) -> list[Episode]:
    tasks = MaintenanceTask.objects.filter(organization=asset.organization_id, asset=asset)
    met = tasks.exclude(status=MaintenanceTask.Status.CANCELLED).filter(
        period__overlap=(span.start, span.end)
    )
    return [
        Episode(
            max(task.period.lower, span.start),
            min(task.period.upper, span.end),
            f"{task.title} ({task.get_status_display()})",
            reverse("task-detail", args=[task.uid]),
        )
        for task in met.order_by("period")[:MOST_EPISODES]
    ]
