"""Ends what is open of sensors whose knowledge is put away."""

from __future__ import annotations

from uuid import UUID

import numpy as np

from anomalies.detection.grouping import Origin
from anomalies.detection.scan import Levels, Moment
from mlops.detectors.episodes import TOLD, Change, Kind
from mlops.detectors.window import States

NOBODY = Origin(UUID(int=0), UUID(int=0), False)
NOTHING = Levels(*[0.0] * 7)


def ends(states: States, at: float) -> list[Moment]:
    """Return an end for each open episode, at its last abnormal reading. `at` in seconds since 1970."""
    open_ = states["episodes"]["open"][:, :TOLD]
    return [_end(states["episodes"][place], int(place), Kind(kind), at) for place, kind in np.argwhere(open_)]


def _end(episode: np.void, place: int, kind: Kind, at: float) -> Moment:
    return Moment(
        sensor=place,
        time=at,
        kind=kind,
        change=Change.ENDED,
        score=0.0,
        value=0.0,
        started=float(episode["started"][kind]),
        latest=float(episode["latest"][kind]),
        because="",
        levels=NOTHING,
    )
