"""What a replay keeps between its steps."""

from __future__ import annotations

import numpy as np

from anomalies.detection.grouping import STATE, Ended
from anomalies.detection.scan import Moment
from anomalies.detection.shares import NUMBERS, Part, Together
from anomalies.replaying import playing
from mlops.detectors.episodes import Change, Kind
from tests.anomalies.feeding import BEGIN
from tests.anomalies.learning.factories import ReplayFactory
from tests.sensors.factories import SensorFactory

STARTED = BEGIN.timestamp()


def test_what_sensors_of_each_machine_show_together_stays_open_until_it_ends(organization, asset, sensor):
    other = SensorFactory(organization=organization)
    replay, sensors = ReplayFactory(organization=organization), [sensor, other]
    together = np.array([(NUMBERS[Part.JOINT], Kind.BEHAVIOUR, STARTED)], STATE)
    first = playing.players_of(replay, sensors)[0]
    first.open = {asset.pk: together, other.asset_id: together}
    playing.keep(replay, [first], BEGIN)
    player = playing.players_of(replay, sensors)[0]
    times = {"time": STARTED + 60, "started": STARTED, "latest": STARTED + 50}
    said = {"kind": Kind.BEHAVIOUR, "change": Change.ENDED, "score": 5.0, "value": 1.0, "because": "high"}
    over = Together(Part.JOINT, ())
    player.moments = [Moment(sensor=0, **times, **said, levels=first.limits, together=over)]
    (news,) = player.tell()
    assert (type(news), news.asset_id) == (Ended, asset.pk)
    assert (len(player.open[asset.pk]), len(player.open[other.asset_id])) == (0, 1)
