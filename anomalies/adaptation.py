"""How much a finding moves a threshold, and how long: bounded, fading, and never by the fixed limits.

A technician's "false" asks for 0.2 powers of ten more surprise of the sensors that raised the alert, an
operator's for 0.1; a missed failure for 0.3 less of all of the asset. Each step halves in 60 days; together
they stay within 0.5 below and 1 above what the settings say. True and early findings move nothing.

>>> round(offset([(0.2, 0.0), (0.2, 60.0)]), 3)
0.3
"""

from __future__ import annotations

from collections.abc import Iterable

STEPS = {
    ("false", "technician"): 0.2,
    ("false", "operator"): 0.1,
    ("missed", "technician"): -0.3,
    ("missed", "operator"): -0.15,
}
HALF_LIFE = 60.0  # days
LOWEST, HIGHEST = -0.5, 1.0
FORGOTTEN = 6 * HALF_LIFE  # days; what is left then, 1/64, changes nothing
LEAST_SHARE = 0.2  # of the evidence of an alert


def step(finding: str, source: str) -> float:
    """Return by how much a finding moves the threshold, in powers of ten; 0 where it does not."""
    return STEPS.get((finding, source), 0.0)


def offset(steps: Iterable[tuple[float, float]]) -> float:
    """Return the sum of steps (change, age in days), faded and bounded."""
    total = sum(change * 0.5 ** (max(age, 0.0) / HALF_LIFE) for change, age in steps if age < FORGOTTEN)
    return min(max(total, LOWEST), HIGHEST)
