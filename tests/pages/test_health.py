from __future__ import annotations

import pytest

from reports.health import Health, Trouble, health_of, inherit
from reports.sparkline import sparkline


def trouble(priority: int, *, confirmed: bool = True, of_sensor: bool = False) -> Trouble:
    return Trouble(priority, confirmed, of_sensor, "vibration: abnormal behaviour since the last long stop")


@pytest.mark.parametrize(
    ("troubles", "score"),
    [
        ([], 100),
        ([trouble(1)], 40),
        ([trouble(2)], 65),
        ([trouble(3), trouble(4)], 80),
        ([trouble(1, confirmed=False)], 70),
        ([trouble(1, of_sensor=True)], 95),
        ([trouble(1), trouble(1)], 0),
    ],
)
def test_each_open_alert_costs_its_points(troubles, score):
    assert health_of(troubles, measured=True).score == score


def test_the_reason_is_the_worst_trouble_in_six_words():
    health = health_of([trouble(4), trouble(2)], measured=True)
    assert health.worst == trouble(2)
    assert health.reason == "vibration: abnormal behaviour since the last"


def test_a_machine_that_never_sent_a_reading_has_no_health():
    assert health_of([], measured=False).score is None


def test_an_area_is_as_well_as_its_worst_part_which_is_named():
    well, ill = health_of([], measured=True), health_of([trouble(2)], measured=True)
    area = inherit([("Pump A", well), ("Pump B", ill), ("Fan", Health(None, "no readings yet"))])
    assert (area.score, area.worst) == (65, trouble(2))
    assert area.reason.startswith("Pump B: vibration")


def test_an_area_whose_parts_are_well_or_unknown_says_so():
    assert inherit([("Pump", health_of([], measured=True))]) == Health(100, "no open alarm in its parts")
    assert inherit([("Fan", Health(None, "no readings yet"))]).score is None


def test_a_sparkline_spans_its_box():
    assert sparkline([1, 3, 2]) == "0.0,26.0 60.0,2.0 120.0,14.0"


def test_one_value_is_no_line():
    assert sparkline([1.0]) == ""
