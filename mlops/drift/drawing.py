"""A histogram as the path of an SVG, in a box of WIDTH x HEIGHT."""

from __future__ import annotations

from collections.abc import Sequence

WIDTH, HEIGHT = 128, 36


def outline(shares: Sequence[float], most: float) -> str:
    """Return the path along the tops of the bars, from the ground and back to it."""
    width = WIDTH / max(len(shares), 1)
    tops = [HEIGHT * (1 - share / most) if most else HEIGHT for share in shares]
    steps = (f"V{top:.1f}H{(place + 1) * width:.1f}" for place, top in enumerate(tops))
    return f"M0 {HEIGHT}{''.join(steps)}V{HEIGHT}"
