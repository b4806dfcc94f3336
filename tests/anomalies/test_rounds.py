from __future__ import annotations

import numpy as np
import pytest

from anomalies.detection import rounds
from anomalies.detection.rounds import close_rows


def clock(sensors, interval=1.0):
    state = np.zeros(1, rounds.layout(sensors))
    state["interval"] = interval
    return state


def close(state, *readings):
    """Close rows of (column, time, value)."""
    column, time, value = zip(*readings, strict=True)
    return close_rows(state, np.array(column), np.array(time, "f8"), np.array(value, "f8"))


def test_a_row_closes_when_all_have_spoken():
    rows, times = close(clock(2), (0, 1, 10), (1, 1.4, 20), (1, 2, 21), (0, 2.2, 11))
    assert rows.tolist() == [[10, 20], [11, 21]]
    assert times.tolist() == [1.4, 2.2]


def test_a_sensor_that_says_nothing_keeps_its_last_value_for_three_intervals():
    alone = [(0, at, 10 + at) for at in range(2, 9)]
    rows, _ = close(clock(2), (0, 1, 11), (1, 1, 20), *alone)
    assert rows[:4].tolist() == [[11, 20], [12, 20], [13, 20], [14, 20]]
    assert np.isnan(rows[4:, 1]).all()


@pytest.mark.parametrize("cut", [1, 2, 5])
def test_rows_do_not_depend_on_how_readings_are_cut(cut):
    readings = [
        (0, 1, 1),
        (1, 1, 2),
        (0, 2, 3),
        (0, 3, 4),
        (1, 3.5, 5),
        (0, 4, 6),
        (1, 4, 7),
        (0, 9, 8),
        (1, 9, 9),
    ]
    whole, _ = close(clock(2), *readings)
    state = clock(2)
    parts = [close(state, *readings[begin : begin + cut])[0] for begin in range(0, len(readings), cut)]
    np.testing.assert_array_equal(np.concatenate(parts), whole)


def test_whole_rows_close_at_once_as_one_by_one():
    readings = [(column, at, 10 * at + column) for at in range(1, 6) for column in range(3)]
    at_once, _ = close(clock(3), *readings)
    state = clock(3)
    one_by_one = [close(state, reading)[0] for reading in readings]
    np.testing.assert_array_equal(at_once, np.concatenate(one_by_one))


def test_a_value_that_counts_for_nothing_takes_its_place():
    rows, _ = close(clock(2), (0, 1, np.nan), (1, 1, 20), (0, 2, 11), (1, 2, 21))
    assert np.isnan(rows[0, 0])
    assert rows[1].tolist() == [11, 21]
