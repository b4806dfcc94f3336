"""Forecasting rules on series whose truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from mlops.predictors.forecasting import choosing
from mlops.predictors.forecasting.ahead import look_ahead
from mlops.predictors.forecasting.cadence import day_is_visible, regular
from mlops.predictors.forecasting.history import History, TooShort
from mlops.predictors.forecasting.intervals import half_widths
from mlops.predictors.forecasting.needs import fewest_rows
from mlops.predictors.forecasting.rolling import Rolling

QUICK = ("seasonal-naive", "ridge-linear")


def daily(rows, seed=0, noise=1.0):
    """Load of a day with noise that remembers itself."""
    random, place = np.random.default_rng(seed), np.arange(rows)
    rough = random.normal(size=rows)
    for row in range(1, rows):
        rough[row] += 0.7 * rough[row - 1]
    return 20 + 5 * np.sin(2 * np.pi * place / 24) + noise * rough


def walk(rows, seed=0):
    return np.cumsum(np.random.default_rng(seed).normal(size=rows))


def history(values, horizon=24, season=24):
    return History(np.asarray(values).reshape(len(values), -1), horizon, season)


def test_a_daily_course_is_found_and_carried_on():
    values = daily(1224, noise=0.2)
    outlook = look_ahead(history(values[:1200]), names=QUICK)
    assert outlook.method == "ridge-linear"
    assert "less squared error than repeating what was last" in outlook.reasons[0]
    assert np.abs(outlook.values - values[1200:]).mean() < 0.4


def test_nothing_beats_the_naive_forecast_of_a_random_walk():
    methods = []
    for seed in range(10):
        outlook = look_ahead(history(walk(800, seed), season=1), names=QUICK)
        methods.append(outlook.method)
        if outlook.method == "seasonal-naive":
            assert outlook.reasons[0].startswith("On its past nothing does better than repeating what")
            assert np.ptp(outlook.values) == 0
    assert methods.count("seasonal-naive") >= 8


@pytest.mark.parametrize(("series", "season"), [(daily, 24), (walk, 1)])
def test_one_forecasts_interval_covers_about_nine_of_ten(series, season):
    inside = []
    for seed in range(100):
        values = series(1024, seed)
        outlook = look_ahead(history(values[:1000], season=season), names=QUICK[:1])
        inside.append((outlook.low <= values[1000:]) & (values[1000:] <= outlook.high))
    assert 0.86 <= np.mean(inside) <= 0.96


def test_one_odd_moment_of_a_short_past_is_no_step_of_the_interval():
    errors = np.abs(np.random.default_rng(0).normal(size=(5, 96)))
    errors[2, 40:43] = 100.0
    half = half_widths(errors)
    assert np.all(np.diff(half) >= 0)
    assert 1.2 < half.min() < half.max() < 4


def test_rolling_intervals_cover_90_percent_even_when_the_series_grows_wilder():
    values = daily(6000, noise=1.0)
    values[3500:] = daily(2500, seed=1, noise=2.0)
    rolling = Rolling(history(values), 3000, names=QUICK[:1])
    inside = []
    for step in rolling.steps(24):
        truth = values[step.origin + 1 : step.origin + 25, None]
        inside.append((step.low <= truth) & (truth <= step.high))
    assert 0.88 <= np.mean(inside) <= 0.92


def test_a_rolling_forecast_uses_nothing_after_its_origin():
    values = np.column_stack([daily(600), daily(600, 1)])
    changed = values.copy()
    changed[540:] += 1e3
    steps = [list(Rolling(history(one), 400, names=QUICK).steps(24)) for one in (values, changed)]
    for left, right in zip(*steps, strict=True):
        same = all(
            np.array_equal(getattr(left, key), getattr(right, key)) for key in ("values", "low", "high")
        )
        assert same == (left.origin < 540)


@pytest.mark.parametrize(("horizon", "season"), [(24, 24), (96, 96), (96, 288), (84, 6), (120, 96)])
def test_what_is_enough_history_stays_enough_as_it_grows(horizon, season):
    values = 20 + 5 * np.sin(2 * np.pi * np.arange(8 * season + 300) / season)
    need = fewest_rows(horizon)
    with pytest.raises(TooShort) as short:
        look_ahead(history(values[: need - 1], horizon, 1), names=QUICK[:1])
    assert (short.value.have, short.value.need) == (need - 1, need)
    for rows in range(need, len(values), 41):
        seen = season if day_is_visible(values[:rows], season) else 1
        assert len(look_ahead(history(values[:rows], horizon, seen), names=QUICK[:1]).values) == horizon


def test_of_a_few_days_their_course_is_not_used_and_that_is_told():
    few, enough = (look_ahead(history(daily(rows), 96), names=QUICK[:1]) for rows in (200, 240))
    assert "Its daily course is not used yet" in few.reasons[1]
    assert len(enough.reasons) == 1


@pytest.mark.parametrize("name", ["ridge-linear", "blend", "prophet"])
def test_a_moved_and_stretched_series_gets_the_moved_and_stretched_forecast(name):
    values = daily(1400)
    module = choosing.module_of(name)
    plain, moved = (history(one) for one in (values, 1000 + 10 * values))
    said, told = (module.train(one).predict(one.values) for one in (plain, moved))
    assert np.allclose(told, 1000 + 10 * said, atol=1.0 if name == "prophet" else 1e-4)


def test_prophet_says_which_course_it_cannot_see():
    model = choosing.module_of("prophet").train(history(daily(240)))
    assert model.seasons(240) == (True, False)
    assert model.notes(240) == ["Prophet has no weekly course: 10 days of history are too few."]


def test_a_gap_is_filled_by_the_day_before_and_told():
    values = 20 + 5 * np.sin(2 * np.pi * np.arange(480) / 24)
    kept = np.r_[0:300, 310:480]
    rows = regular(kept, values[kept], 3600)
    assert np.abs(rows.values - values).max() < 1e-6
    assert (rows.season, rows.last) == (24, 479)
    assert rows.notes == ("10 of 480 steps had no reading and were filled from their neighbours.",)


def test_what_lies_before_a_long_gap_is_left_out():
    kept = np.r_[0:100, 400:500]
    rows = regular(kept, np.ones(200), 3600)
    assert len(rows.values) == 100
    assert rows.notes == ("What lies before the last long gap was left out.",)


def test_a_day_is_seen_where_there_is_one():
    assert day_is_visible(daily(500), 24)
    assert not any(day_is_visible(walk(500, seed), 24) for seed in range(5))
    assert not day_is_visible(np.random.default_rng(0).normal(size=500), 24)
