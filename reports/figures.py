"""Charts as plain Plotly figures. Colours are names of our CSS tokens; the browser puts the values in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import pairwise
from statistics import median

from reports.episodes import INK, LANE_HEIGHT, QUIET, Episode, Figure, lane, shade, wrench

LINE, BAND, LIMIT, GRID = "--chart-line", "--chart-band", "--chart-limit", "--chart-grid"
FONT = 'system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif'
GAP_FACTOR = 5
LIMIT_REACH = 1.2  # times the span of the line
PANEL_GAP = 30  # px
MARGIN = {"l": 58, "r": 16, "t": 4, "b": 42}

Point = tuple[datetime, float | None]


@dataclass(frozen=True)
class Panel:
    """One sensor: its line, its normal band (same times), its limits. `interval` is in seconds."""

    title: str
    unit: str
    times: Sequence[datetime]
    values: Sequence[float]
    band: tuple[Sequence[float], Sequence[float]] | None = None
    limits: Sequence[float] = field(default_factory=tuple)
    interval: float | None = None


def with_gaps(times: Sequence[datetime], values: Sequence[float], interval: float | None) -> list[Point]:
    """Return the points with an empty one in each gap: longer than five times what is usual here."""
    steps = [(b - a).total_seconds() for a, b in pairwise(times)]
    usual = max(median(steps), interval or 0) if steps else 0
    points: list[Point] = []
    for index, (at, value) in enumerate(zip(times, values, strict=True)):
        if index and steps[index - 1] > GAP_FACTOR * usual:
            points.append((times[index - 1] + (at - times[index - 1]) / 2, None))
        points.append((at, value))
    return points


def build_figure(
    panels: Sequence[Panel],
    episodes: Sequence[Episode],
    start: datetime,
    end: datetime,
    *,
    panel_height: int = 120,
) -> Figure:
    """Return a figure of panels below each other on one time axis, with a lane of episodes above them."""
    height = LANE_HEIGHT + len(panels) * (panel_height + PANEL_GAP)
    layout = _layout(start, end, height)
    data = lane(episodes)
    top = height - LANE_HEIGHT
    for number, panel in enumerate(panels, start=2):
        base = top - (number - 1) * (panel_height + PANEL_GAP)
        domain = [base / height, (base + panel_height) / height]
        layout[f"yaxis{number}"] = _y_axis(panel, domain)
        layout["annotations"].append(_title(panel, domain[1]))
        layout["shapes"] += [_limit(value, number) for value in _limits_in_sight(panel)]
        layout["annotations"] += [_limit_name(value, number) for value in _limits_in_sight(panel)]
        data += _traces(panel, f"y{number}")
    layout["yaxis"] = {"domain": [top / height, 1], "visible": False, "fixedrange": True, "range": [0, 1]}
    layout["shapes"] += [shade(episode, top / height) for episode in episodes]
    layout["images"] = [wrench(work, start, end, height) for work in episodes if not work.priority]
    return {"data": data, "layout": layout}


def _layout(start: datetime, end: datetime, height: int) -> Figure:
    return {
        "height": height + MARGIN["t"] + MARGIN["b"],
        "margin": MARGIN,
        "showlegend": False,
        "hovermode": "x",
        "dragmode": "zoom",
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": QUIET, "size": 12, "family": FONT},
        "xaxis": {
            "type": "date",
            "range": [start.isoformat(), end.isoformat()],
            "anchor": "free",
            "position": 0,
            "gridcolor": GRID,
            "linecolor": GRID,
            "showspikes": True,
            "spikemode": "across",
            "spikethickness": 1,
            "spikedash": "solid",
            "spikecolor": LIMIT,
        },
        "annotations": [],
        "shapes": [],
    }


def _y_axis(panel: Panel, domain: list[float]) -> Figure:
    return {
        "domain": domain,
        "anchor": "x",
        "gridcolor": GRID,
        "zeroline": False,
        "nticks": 4,
        "fixedrange": True,
        "automargin": True,
        "autorangeoptions": {"include": _limits_in_sight(panel)},
    }


def _limits_in_sight(panel: Panel) -> list[float]:
    """Keep the limits that the line comes near to: a far one would press the line flat."""
    if not panel.values:
        return []
    low, high = min(panel.values), max(panel.values)
    reach = LIMIT_REACH * ((high - low) or abs(high) or 1.0)
    return [value for value in panel.limits if low - reach <= value <= high + reach]


def _title(panel: Panel, top: float) -> Figure:
    unit = f"  <span>{panel.unit}</span>" if panel.unit else ""
    return {
        "text": f"<b>{panel.title}</b>{unit}",
        "xref": "paper",
        "yref": "paper",
        "x": 0,
        "y": top,
        "xanchor": "left",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": INK, "size": 13},
    }


def _limit(value: float, number: int) -> Figure:
    return {
        "type": "line",
        "xref": "paper",
        "x0": 0,
        "x1": 1,
        "yref": f"y{number}",
        "y0": value,
        "y1": value,
        "line": {"color": LIMIT, "width": 1, "dash": "dash"},
    }


def _limit_name(value: float, number: int) -> Figure:
    return {
        "text": f"limit {value:g}",
        "xref": "paper",
        "yref": f"y{number}",
        "x": 1,
        "y": value,
        "xanchor": "right",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"color": QUIET, "size": 11},
    }


def _traces(panel: Panel, axis: str) -> list[Figure]:
    points = with_gaps(panel.times, panel.values, panel.interval)
    line = {
        "type": "scatter",
        "mode": "lines" if len(points) > 1 else "markers",
        "x": [at.isoformat() for at, _ in points],
        "y": [value for _, value in points],
        "yaxis": axis,
        "line": {"color": LINE, "width": 1.4},
        "connectgaps": False,
        "hovertemplate": f"%{{y:.4~g}} {panel.unit}<extra>{panel.title}</extra>",
    }
    return [*_band(panel, axis), line]


def _band(panel: Panel, axis: str) -> list[Figure]:
    if panel.band is None:
        return []
    x = [at.isoformat() for at in panel.times]
    edge: Figure = {"type": "scatter", "mode": "lines", "x": x, "yaxis": axis, "hoverinfo": "skip"}
    edge["line"] = {"width": 0}
    low, high = panel.band
    filled = {"fill": "tonexty", "fillcolor": BAND, "name": "normal"}
    return [{**edge, "y": list(low)}, {**edge, "y": list(high), **filled}]
