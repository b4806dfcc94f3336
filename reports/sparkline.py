"""A line so small that it needs no axis: the points of an SVG polyline. Plain rules, no Django."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT = 120, 28


def sparkline(values: Sequence[float]) -> str:
    """Return the `points` of a polyline in a box of 120 x 28; empty for fewer than two values."""
    if len(values) < 2:
        return ""
    low, high = min(values), max(values)
    span = (high - low) or 1.0
    step = WIDTH / (len(values) - 1)
    heights = (HEIGHT - 2 - (value - low) / span * (HEIGHT - 4) for value in values)
    return " ".join(f"{index * step:.1f},{height:.1f}" for index, height in enumerate(heights))
