"""How urgent a finding is, from what was found and how critical the asset is (1 high .. 4 note).

Beyond a fixed limit: 1, on an asset that can wait (C) 2. Behaviour: 3, and 2 from a surprise of 4 on (once
in 10,000 readings), one step up on an A asset, one step down on a C asset. Sensor trouble: 3, on C 4.
"""

from __future__ import annotations

A, C = 1, 3
STRONG = 4.0


def priority(cause: str, score: float, criticality: int) -> int:
    if cause == "limit_exceeded":
        return 2 if criticality == C else 1
    if cause == "abnormal_behaviour":
        base = 2 if score >= STRONG else 3
        return base - (criticality == A) + (criticality == C)
    return 4 if criticality == C else 3
