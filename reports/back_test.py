"""The picture of a back-test: what was, what the model said, and between what it expected it."""

from __future__ import annotations

from typing import Any

from reports.episodes import Figure

MARGIN = {"l": 56, "r": 16, "t": 12, "b": 40}
BAND, SAID, WAS = "--chart-band", "--chart-limit", "--chart-line"


def back_test_figure(metrics: dict[str, Any]) -> Figure | None:
    """Return a figure of the stored back-test; None where the version has none."""
    kept = metrics.get("back_test") or {}
    at = kept.get("at") or list(range(1, len(kept.get("actual", ())) + 1))
    if not at or not kept.get("predicted"):
        return None
    data = [*_band(at, kept), _line(at, kept["predicted"], "said", SAID)]
    if kept.get("actual"):
        data.append(_line(at, kept["actual"], "was", WAS))
    return {"data": data, "layout": _layout(at)}


def _line(at: list[Any], values: list[Any], name: str, colour: str) -> dict[str, Any]:
    line = {"color": colour, "width": 1.5}
    return {"type": "scatter", "mode": "lines", "x": at, "y": values, "name": name, "line": line}


def _band(at: list[Any], kept: dict[str, Any]) -> list[dict[str, Any]]:
    if not (kept.get("low") and kept.get("high")):
        return []
    edge = {"type": "scatter", "mode": "lines", "x": at, "line": {"width": 0}, "hoverinfo": "skip"}
    low = {**edge, "y": kept["low"], "showlegend": False}
    return [low, {**edge, "y": kept["high"], "fill": "tonexty", "fillcolor": BAND, "name": "expected"}]


def _layout(at: list[Any]) -> dict[str, Any]:
    return {
        "margin": MARGIN,
        "height": 300,
        "showlegend": True,
        "legend": {"orientation": "h", "y": 1.1},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "rgba(0,0,0,0)",
        "font": {"color": "--ink"},
        "hovermode": "x unified",
        "xaxis": {"range": [at[0], at[-1]], "fixedrange": True, "gridcolor": "--chart-grid"},
        "yaxis": {"fixedrange": True, "gridcolor": "--chart-grid", "zeroline": False},
        "shapes": [],
        "images": [],
    }
