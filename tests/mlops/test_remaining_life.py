from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from mlops.predictors import remaining_life
from mlops.predictors.answers import NotEnoughData
from mlops.predictors.life import snapshot
from tests.mlops.engines import SENSORS, fleet, life


@cache
def trained(kinds=2):
    """Return a model of engines that fail in two ways in two conditions, or of a few simple ones."""
    return remaining_life.train(fleet(18, kinds=2, conditions=True) if kinds == 2 else fleet(8))


def engine(seed, kind=0):
    return life(seed, kind=kind, conditions=True)


def judged(model, later):
    """Cut each later life at three ages; return the error, whether it is covered, and the truth capped."""
    rows = []
    for unit in later.units:
        for share in (0.5, 0.75, 0.95):
            cut = unit.until(int(share * len(unit.ages)))
            left, low, high = model.estimates([cut])[0]
            true = unit.ages[-1] - cut.ages[-1]
            rows.append((left - min(true, model.horizon), low <= true <= high))
    return np.array(rows, float).T


def test_it_tells_the_life_left_of_engines_it_has_not_seen():
    model = trained()
    errors, covered = judged(model, fleet(40, kinds=2, conditions=True, first=1000))
    assert np.sqrt(np.mean(errors**2)) < 0.18 * model.horizon
    assert covered.mean() >= 0.85


def test_two_ways_to_fail_and_two_conditions_are_told_apart():
    both, one = trained().lens, trained(kinds=1).lens
    assert (len(both.conditions.centres), len(one.conditions.centres)) == (2, 1)
    assert (both.wear.loads.shape[1], one.wear.loads.shape[1]) == (2, 1)


def test_the_interval_narrows_as_the_failure_comes():
    one = engine(2000)
    rows = trained().estimates([one.until(int(share * len(one.ages))) for share in (0.5, 0.97)])
    widths = rows[:, 2] - rows[:, 1]
    assert widths[1] < 0.5 * widths[0]
    assert (rows[:, 1] <= rows[:, 0]).all()
    assert (rows[:, 0] <= rows[:, 2]).all()


def test_later_rows_change_nothing_in_the_signs_before_them():
    one = engine(2001)
    lens = trained().lens
    whole, _ = lens.signs(one)
    begun, _ = lens.signs(one.until(60))
    assert np.allclose(whole[:60], begun)


@pytest.mark.parametrize(("kind", "sensor"), [(0, "temperature"), (1, "vibration")])
def test_it_names_the_sensor_that_has_moved(kind, sensor):
    one = engine(2002 + kind, kind)
    (answer,) = trained().predict([one.until(len(one.ages) - 10)])
    assert answer.refusal is None
    assert answer.contributions[0].feature == sensor
    assert answer.contributions[0].contribution < -5
    assert "stuck" not in {one.feature for one in answer.contributions}


def test_it_refuses_a_unit_whose_sensors_move_as_none_before():
    one = engine(2004)
    strange = one.readings.copy()
    strange[-40:, 4] += np.linspace(0, 12, 40)
    (answer,) = trained().predict([replace(one, readings=strange)])
    assert answer.refusal.code == "outside_experience"
    assert "noise" in answer.refusal.detail
    assert answer.prediction is None


def test_it_refuses_a_condition_that_was_never_run():
    one = engine(2005)
    (answer,) = trained().predict([replace(one, settings=np.full_like(one.settings, 300.0))])
    assert (answer.refusal.code, "condition" in answer.refusal.detail) == ("outside_experience", True)


def test_it_refuses_a_life_far_longer_than_any_known():
    one = engine(2006).until(60)
    (answer,) = trained().predict([replace(one, ages=one.ages + 5000)])
    assert answer.refusal.code == "outside_experience"


def test_it_refuses_a_silent_sensor_and_too_short_a_life():
    one = engine(2007)
    silent = one.readings.copy()
    silent[-8:, 0] = np.nan
    answers = trained().predict([replace(one, readings=silent), one.until(6)])
    assert [answer.refusal.code for answer in answers] == ["sensor_bad", "not_enough_data"]
    assert "temperature" in answers[0].refusal.detail
    assert answers[1].refusal.detail == "4 more rows of operation are needed."


def test_a_few_missing_readings_change_little():
    one = engine(2008).until(80)
    gappy = one.readings.copy()
    gappy[np.random.default_rng(0).random(gappy.shape) < 0.05] = np.nan
    whole, holes = trained().estimates([one, replace(one, readings=gappy)])[:, 0]
    assert abs(whole - holes) < 0.15 * trained().horizon


def test_lives_of_thousands_of_rows_are_taken_together():
    long = replace(fleet(8), units=tuple(_stretched(unit) for unit in fleet(8).units))
    model = remaining_life.train(long)
    assert 2 <= model.lens.stride <= 4
    assert model.predict([_stretched(life(2009)).until(300)])[0].prediction > 0


def _stretched(unit):
    count = 5 * len(unit.ages)
    return replace(
        unit,
        ages=np.arange(1.0, count + 1),
        readings=np.repeat(unit.readings, 5, axis=0),
        settings=np.repeat(unit.settings, 5, axis=0),
    )


def test_a_fleet_without_wear_is_refused():
    rng = np.random.default_rng(0)
    healthy = [replace(unit, readings=rng.normal(0, 1, unit.readings.shape)) for unit in fleet(10).units]
    with pytest.raises(NotEnoughData, match="no wear to be seen"):
        remaining_life.train(replace(fleet(10), units=tuple(healthy)))


def test_a_life_told_by_a_few_numbers_is_answered_alike():
    one, model = life(2012).until(90), trained(kinds=1)
    given = {"age": 90.0, "speed": 50.0}
    for place, name in enumerate(SENSORS):
        rows = one.readings[:, place]
        parts = rows[:30], rows[25:35], rows[55:65], rows[-6:]
        given |= {f"{name}: {at}": part.mean() for at, part in zip(snapshot.MOMENTS, parts, strict=True)}
    assert set(given) == {feature["name"] for feature in remaining_life.features_of(fleet(2))}
    told, seen = model.answer(given, explain=True), model.predict([one])[0]
    assert abs(told.prediction - seen.prediction) < 0.25 * model.horizon
    assert told.contributions


def test_a_healthy_engine_is_told_to_live_longer_than_a_bound_not_up_to_one():
    young, old = (life(2013).until(rows) for rows in (20, 80))
    healthy, worn = trained(kinds=1).predict([young, old])
    assert healthy.prediction >= 0.9 * trained(kinds=1).horizon
    assert (healthy.high, worn.high is None) == (None, False)
    assert 0 < healthy.low <= healthy.prediction
