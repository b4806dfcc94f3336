"""The rule that predicts, without a database."""

from __future__ import annotations

import csv

import numpy as np
import pytest

from maintenance.prediction import Limits, time_to_limit
from maintenance.trend import Window
from tests.evaluation import wear

HOURS = np.linspace(-79.0, 0.0, 80)


def noise(memory: float, seed: int) -> np.ndarray:
    """Return noise of unit spread whose values remember the ones before."""
    random = np.random.default_rng(seed)
    shocks = random.normal(size=80)
    values = np.empty(80)
    values[0] = shocks[0]
    for place in range(1, 80):
        values[place] = memory * values[place - 1] + np.sqrt(1 - memory**2) * shocks[place]
    return values


def rising(memory: float, seed: int, *, slope: float = 0.1) -> Window:
    return Window(HOURS, slope * HOURS + noise(memory, seed))


def test_a_clean_trend_gives_the_time_to_the_limit():
    forecast = time_to_limit([Window(HOURS, 5 + 0.1 * HOURS)], Limits(upper=9.0, unit="mm/s"))
    assert forecast.outcome == "estimate"
    assert forecast.hours == pytest.approx(40, rel=0.01)
    assert "40.0 h" in forecast.reasons[-1]


def test_a_falling_trend_meets_the_lower_limit():
    forecast = time_to_limit([Window(HOURS, 5 - 0.1 * HOURS)], Limits(lower=2.0, upper=99.0))
    assert forecast.limit == 2.0
    assert forecast.hours == pytest.approx(30, rel=0.01)


@pytest.mark.parametrize("memory", [0.0, 0.7])
def test_the_interval_covers_the_truth_nine_times_in_ten(memory):
    covered = []
    for seed in range(80):
        truth = np.random.default_rng(1000 + seed).uniform(10, 100)
        forecast = time_to_limit([rising(memory, seed)], Limits(upper=0.1 * truth))
        if forecast.outcome == "estimate":
            covered.append(forecast.hours_low <= truth <= (forecast.hours_high or np.inf))
    assert len(covered) > 50
    assert np.mean(covered) >= 0.86


def test_wear_that_grows_exponentially_comes_within_the_interval():
    """The last stretch looks straight: it was chosen for that."""
    covered, truth = [], 25.0
    for seed in range(20):
        level = 3 * np.exp(0.02 * (HOURS + 79)) + noise(0.7, seed)
        limit = float(3 * np.exp(0.02 * (truth + 79)))
        views = [Window(HOURS[-size:], level[-size:]) for size in (80, 30)]
        forecast = time_to_limit(views, Limits(upper=limit))
        if forecast.outcome == "estimate":
            covered.append(forecast.hours_low <= truth <= (forecast.hours_high or np.inf))
    assert len(covered) >= 15
    assert np.mean(covered) >= 0.85


def test_noise_is_no_trend():
    outcomes = [time_to_limit([rising(0.5, seed, slope=0)], Limits(upper=9.0)).outcome for seed in range(30)]
    assert outcomes.count("no_trend") >= 27


def test_a_random_walk_is_seldom_taken_for_a_trend():
    outcomes = []
    for seed in range(30):
        walk = np.cumsum(np.random.default_rng(seed).normal(size=80))
        outcomes.append(time_to_limit([Window(HOURS, walk)], Limits(upper=walk[-1] + np.ptp(walk))).outcome)
    assert outcomes.count("no_trend") >= 27


@pytest.mark.parametrize("seed", [0, 6, 7, 12])
def test_a_rise_that_each_day_brings_is_no_trend(seed):
    """Of these days the steepest half, cut off where it stops, would pass for wear."""
    days = wear.without_trend("days", seed)
    seen = wear.windows(np.arange(len(days)) / 6, days)
    forecast = time_to_limit(seen, Limits(upper=10.0, lower=-10.0))
    assert forecast.outcome == "no_trend"


def test_wear_that_began_late_is_told_by_its_newest_stretch():
    wear = Window(HOURS, np.maximum(0.0, HOURS + 25) + noise(0, 4))
    newest = Window(np.linspace(-24, 0, 80), np.linspace(1, 25, 80) + noise(0, 5))
    forecast = time_to_limit([wear, newest], Limits(upper=45.0))
    assert forecast.hours == pytest.approx(20, rel=0.25)
    assert forecast.hours_low <= 20 <= forecast.hours_high


def test_the_interval_leaves_room_for_wear_that_speeds_up_or_slows_down():
    forecast = time_to_limit([Window(HOURS, 5 + 0.1 * HOURS)], Limits(upper=9.0))
    assert 10 < forecast.hours_low < 25
    assert 50 < forecast.hours_high < 120
    assert "may speed up" in forecast.reasons[-1]


def test_one_spike_moves_the_estimate_little():
    values = 5 + 0.1 * HOURS
    values[40] = 500
    assert time_to_limit([Window(HOURS, values)], Limits(upper=9.0)).hours == pytest.approx(40, rel=0.05)


def test_an_accelerating_trend_is_expected_sooner_than_its_line_says():
    wear = Window(HOURS, 0.001 * (HOURS + 80) ** 2 + 0.3 * noise(0, 1))
    forecast = time_to_limit([wear], Limits(upper=0.001 * 110**2))
    assert forecast.outcome == "no_trend" or forecast.hours_low <= 30 <= (forecast.hours_high or np.inf)


def test_it_looks_at_the_longest_stretch_that_is_straight():
    bent = np.where(HOURS < -20, 1.0, 1.0 + 0.2 * (HOURS + 20)) + 0.05 * noise(0, 2)
    dense = np.linspace(-20, 0, 80)
    windows = [Window(HOURS, bent), Window(dense, 1 + 0.2 * (dense + 20) + 0.05 * noise(0, 3))]
    assert time_to_limit(windows, Limits(upper=7.0)).hours == pytest.approx(10, rel=0.1)


@pytest.mark.parametrize(
    ("windows", "limits", "trouble", "outcome", "word"),
    [
        ([Window(HOURS, HOURS)], Limits(upper=9), "sensor stuck", "sensor_bad", "sensor stuck"),
        ([Window(HOURS, HOURS)], Limits(), "", "no_limit", "No limit"),
        ([Window(HOURS[:5], HOURS[:5])], Limits(upper=9), "", "not_enough_data", "Fewer than 24"),
        ([], Limits(upper=9), "", "not_enough_data", "Fewer than 24"),
        ([Window(HOURS, HOURS + 10)], Limits(upper=9), "", "limit_reached", "upper limit is 9"),
        ([Window(HOURS, HOURS * 0 + 3)], Limits(upper=9), "", "no_trend", "No trend"),
        ([Window(HOURS, 5 - 0.1 * HOURS)], Limits(upper=99), "", "no_trend", "No trend towards"),
        ([Window(HOURS, 0.1 * HOURS)], Limits(upper=99), "", "no_trend", "further ahead"),
    ],
)
def test_it_says_why_there_is_no_estimate(windows, limits, trouble, outcome, word):
    forecast = time_to_limit(windows, limits, trouble=trouble)
    assert (forecast.outcome, forecast.hours if outcome != "limit_reached" else None) == (outcome, None)
    assert word in " ".join(forecast.reasons)


def test_the_same_history_gives_the_same_answer():
    assert time_to_limit([rising(0.5, 7)], Limits(upper=5)) == time_to_limit(
        [rising(0.5, 7)], Limits(upper=5)
    )


def test_a_real_bearing_is_not_promised_more_time_than_it_had(test_data):
    """IMS bearing 1: from a straight stretch before its end, the low bound is before the limit's day."""
    rows = list(csv.reader((test_data / "IMS_bearings" / "merged_dataset_BearingTest_2.csv").open()))[1:]
    values = np.array([float(row[1]) for row in rows])
    limit = 1.8 * np.median(values[:200])
    met = int(np.argmax(values > limit))
    span = slice(met - 96, met - 16)
    window = Window((np.arange(80) - 79) / 6, values[span])
    forecast = time_to_limit([window], Limits(upper=float(limit)))
    assert forecast.outcome in {"estimate", "no_trend", "limit_reached"}
    assert (forecast.hours_low or 0) <= 17 / 6
