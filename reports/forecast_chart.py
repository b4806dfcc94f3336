"""The chart of a forecast: means of what was read, then the cone of what they will be."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from anomalies.bands import normal_band
from maintenance.models import Forecast
from reports.charts import BIG
from reports.episodes import Figure
from reports.figures import LINE, Panel, build_figure
from reports.spans import Span
from sensors.models import Sensor
from sensors.storage.buckets import load_buckets

CONE = "--chart-cone"
AHEAD = 0.25  # of the range that is shown: room for what will be


def kept_forecasts(sensors: Sequence[Sensor], at: datetime) -> dict[int, Forecast]:
    """Return the newest forecast that holds of each sensor that has one."""
    ready = Forecast.objects.filter(sensor__in=sensors, state=Forecast.State.READY).fresh(at)
    return {one.sensor_id: one for one in ready.select_related("sensor").order_by("made_at")}


def add_cones(figure: Figure, forecasts: Sequence[Forecast | None], span: Span) -> Figure:
    """Draw the forecasts into the panels of a figure that reaches up to now, and make room for them."""
    for number, forecast in enumerate(forecasts, start=2):
        if forecast:
            figure["data"] += _cone(forecast, f"y{number}", until=span.end + AHEAD * (span.end - span.start))
    if any(forecasts):
        figure["layout"]["xaxis"]["range"][1] = (span.end + AHEAD * (span.end - span.start)).isoformat()
    return figure


def forecast_figure(forecast: Forecast, zoomed: Span | None = None) -> Figure:
    """Return the means of as long before, the forecast and its interval; `zoomed` shows a part of it."""
    start = forecast.starts_at
    if start is None:
        raise ValueError("a forecast without steps has no chart")
    whole = Span(start - forecast.wish.reach, start + forecast.wish.reach)
    panel = _past(forecast, Span(whole.start, start))
    shown = zoomed or whole
    figure = build_figure([panel], [], shown.start, shown.end, panel_height=BIG)
    figure["data"] += _cone(forecast, "y2", until=whole.end)
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


def _cone(forecast: Forecast, axis: str, *, until: datetime) -> list[Figure]:
    shown = [(at, *step) for at, step in zip(forecast.times(), forecast.steps, strict=True) if at <= until]
    times, values, low, high = zip(*shown, strict=True) if shown else ((), (), (), ())
    x = [at.isoformat() for at in times]
    edge: Figure = {"type": "scatter", "mode": "lines", "x": x, "yaxis": axis, "hoverinfo": "skip"}
    line = {
        **edge,
        "y": list(values),
        "line": {"color": LINE, "width": 1.4, "dash": "dot"},
        "hoverinfo": "all",
        "text": [f"{least:.4g} to {most:.4g}" for least, most in zip(low, high, strict=True)],
        "hovertemplate": f"%{{y:.4~g}} {forecast.sensor.unit} (%{{text}})<extra>forecast</extra>",
    }
    hidden = {**edge, "line": {"width": 0}}
    filled = {**hidden, "y": list(high), "fill": "tonexty", "fillcolor": CONE}
    return [{**hidden, "y": list(low)}, filled, line]
