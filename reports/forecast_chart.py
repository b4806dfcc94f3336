"""The chart of a forecast: means of what was read, then the cone of what they will be."""

from __future__ import annotations

from datetime import datetime

from anomalies.bands import normal_band
from maintenance.models import Forecast
from reports.charts import BIG
from reports.episodes import Figure
from reports.figures import LINE, Panel, build_figure
from reports.spans import Span
from sensors.storage.buckets import load_buckets

CONE = "--chart-cone"
AXIS = "y2"


def forecast_figure(forecast: Forecast, zoomed: Span | None = None) -> Figure:
    """Return the means of as long before, the forecast and its interval; `zoomed` shows a part of it."""
    start = forecast.starts_at
    if start is None:
        raise ValueError("a forecast without steps has no chart")
    whole = Span(start - forecast.wish.reach, start + forecast.wish.reach)
    panel = _past(forecast, Span(whole.start, start))
    shown = zoomed or whole
    figure = build_figure([panel], [], shown.start, shown.end, panel_height=BIG)
    figure["data"] += _cone(forecast.times(), forecast.steps, forecast.sensor.unit)
    return figure


def _past(forecast: Forecast, span: Span) -> Panel:
    """Return the readings as the forecast sees them: a mean for each of its steps."""
    sensor = forecast.sensor
    buckets = load_buckets(sensor, span.start, span.end, forecast.cadence)
    times = [bucket.timestamp for bucket in buckets]
    return Panel(
        title="",
        unit=sensor.unit,
        times=times,
        values=[bucket.avg for bucket in buckets],
        band=normal_band(sensor, times) if times else None,
        limits=[limit for limit in (sensor.lower_limit, sensor.upper_limit) if limit is not None],
        interval=forecast.cadence.total_seconds(),
    )


def _cone(times: list[datetime], steps: list[list[float]], unit: str) -> list[Figure]:
    x = [at.isoformat() for at in times]
    values, low, high = ([step[place] for step in steps] for place in range(3))
    edge: Figure = {"type": "scatter", "mode": "lines", "x": x, "yaxis": AXIS, "hoverinfo": "skip"}
    line = {
        **edge,
        "y": values,
        "line": {"color": LINE, "width": 1.4, "dash": "dot"},
        "hoverinfo": "all",
        "customdata": list(zip(low, high, strict=True)),
        "hovertemplate": f"%{{y:.4~g}} {unit} (%{{customdata[0]:.4~g}} to %{{customdata[1]:.4~g}})"
        "<extra>forecast</extra>",
    }
    hidden = {**edge, "line": {"width": 0}}
    return [{**hidden, "y": low}, {**hidden, "y": high, "fill": "tonexty", "fillcolor": CONE}, line]
