"""What stands above and behind the lines of a chart: alerts as shapes with their digit, work as wrenches."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

INK, QUIET = "--ink", "--ink-2"
SYMBOLS = {1: "square", 2: "triangle-up", 3: "diamond", 4: "circle"}
LANE_HEIGHT = 34  # px, above the panels, where alerts and work stand

Figure = dict[str, Any]


@dataclass(frozen=True)
class Episode:
    """A stretch of time on the chart: an alert (priority 1 to 4) or work (priority None)."""

    start: datetime
    end: datetime
    words: str
    url: str
    priority: int | None = None


def lane(episodes: Sequence[Episode]) -> list[Figure]:
    """Put each alert's shape with its digit above its beginning; work gets a place to hover."""
    levels = [episode.priority for episode in episodes]
    marker = {
        "size": 17,
        "symbol": [SYMBOLS.get(level or 0, "square") for level in levels],
        "color": [f"--priority-{level}" if level else QUIET for level in levels],
        "opacity": [1 if level else 0 for level in levels],
    }
    lane = {
        "type": "scatter",
        "mode": "markers+text",
        "cliponaxis": False,
        "x": [episode.start.isoformat() for episode in episodes],
        "y": [0.5] * len(episodes),
        "yaxis": "y",
        "text": [str(level or "") for level in levels],
        "textfont": {"size": 10, "color": [f"--priority-{level}-ink" if level else INK for level in levels]},
        "marker": marker,
        "customdata": [[episode.words, episode.url] for episode in episodes],
        "hovertemplate": "%{customdata[0]}<extra></extra>",
    }
    return [lane]


def shade(episode: Episode, top: float) -> Figure:
    return {
        "type": "rect",
        "xref": "x",
        "yref": "paper",
        "x0": episode.start.isoformat(),
        "x1": episode.end.isoformat(),
        "y0": 0,
        "y1": top,
        "line": {"width": 0},
        "fillcolor": f"--chart-alert-{episode.priority}" if episode.priority else "--chart-work",
        "layer": "below",
    }


def wrench(episode: Episode, start: datetime, end: datetime, height: int) -> Figure:
    """The browser knows where the picture is. `sizex` is in milliseconds, as date axes have it."""
    return {
        "source": "wrench",
        "xref": "x",
        "yref": "paper",
        "x": episode.start.isoformat(),
        "y": 1 - LANE_HEIGHT / 2 / height,
        "xanchor": "center",
        "yanchor": "middle",
        "sizing": "contain",
        "sizex": (end - start).total_seconds() * 1000 / 20,
        "sizey": 18 / height,
    }
