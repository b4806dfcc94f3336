from __future__ import annotations

import numpy as np
import pytest

from anomalies.detection.ensembles import form, on_one_clock, pack, renew, unpack
from mlops.detectors import window


def windows(*intervals, count=200):
    states = np.zeros(len(intervals), window.STATE)
    states["count"], states["interval"] = count, intervals
    states["began"] = 1000.0
    states["newest"] = 1000.0 + count * np.array(intervals)
    return states


def test_sensors_within_a_factor_of_two_share_a_clock():
    assert on_one_clock(np.array([10.0, 11.0, 5.0, 60.0, 0.0])).tolist() == [0, 1, 2]


def test_one_sensor_has_nobody_to_be_judged_with():
    assert on_one_clock(np.array([10.0, 100.0])).size == 0


def test_a_sensor_is_not_waited_for_after_ten_intervals():
    both = form([7, 9], windows(1, 1))
    both.roll["pause"] = 1.0
    both.hear_of({7: 1202.0, 9: 1201.0}, 1202.0)
    both.hear_of({7: 1212.0}, 1212.0)
    assert both.horizon == 1201.0
    both.hear_of({7: 1213.0}, 1213.0)
    assert both.horizon == 1213.0


def test_a_sensor_that_sends_seldom_is_waited_for():
    both = form([7, 9], windows(1, 1))
    both.hear_of({7: 1600.0}, 1600.0)
    assert both.horizon == 1200.0


def test_it_stays_together_until_another_sensor_is_on_its_clock():
    known = form([7, 9], windows(1, 1))
    assert renew(known, [7, 8, 9], windows(1, 30, 1)) is known
    assert renew(known, [7, 8, 9], windows(1, 1, 1)).ids == [7, 8, 9]
    assert renew(known, [9, 11], windows(1, 1)).ids == [9, 11]


def test_it_goes_on_from_its_stored_bytes():
    known = form([7, 9], windows(1, 1))
    again = unpack(pack(known))
    assert again.ids == [7, 9]
    assert (again.reached, again.horizon) == (known.reached, known.horizon)


@pytest.mark.parametrize("blob", [b"", b"short", b"\x02" + bytes(100)])
def test_other_bytes_are_refused(blob):
    with pytest.raises(ValueError, match="no ensemble"):
        unpack(blob)
