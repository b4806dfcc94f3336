"""What people read of sensors that are judged together: each one's sentence, and one of how it is shared."""

from __future__ import annotations

from collections.abc import Sequence

from anomalies.detection.scan import Moment
from anomalies.detection.shares import Share, Together
from anomalies.detection.words import Named, amount_of, begun, number_of
from mlops.detectors.joint_alarm import Part
from mlops.detectors.joint_window import AVERAGED, FAR_APART


def reason(together: Together, share: Share, moment: Moment, named: Named) -> str:
    """Return the sentence for a sensor's share in what several show together."""
    since, width = begun(moment, named.zone), share.high - share.low
    mean = amount_of(share.mean, width, named.unit)
    if together.part == Part.SLOW:
        return f"{named.label} moved to {mean} since {since}; it never moved as far in {FAR_APART} readings"
    if share.beside:
        return f"{named.label} has left the course of its asset's other sensors since {since}, at {mean}"
    usual = f"{number_of(share.low, width)} to {amount_of(share.high, width, named.unit)}"
    return f"{named.label} has averaged {mean} over {AVERAGED} readings since {since}, which was {usual}"


def jointly(news: Sequence[Moment], named: Sequence[Named]) -> list[str]:
    """Return how much of the joint score each sensor has at its highest; nothing where there is none in
    the news."""
    joint = [one for one in news if one.together and one.together.part == Part.JOINT]
    if not joint:
        return []
    highest = max(joint, key=lambda one: one.score)
    shares = highest.together.shares if highest.together else ()
    parts = ", ".join(f"{named[one.sensor].label} {one.share:.0%}" for one in shares)
    return [f"Its sensors do not fit each other; of that {parts}"]
