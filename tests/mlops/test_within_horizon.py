from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from mlops.predictors import within_horizon
from mlops.predictors.answers import NotEnoughData
from mlops.predictors.machines import Fleet, happenings, hourly
from mlops.predictors.within_horizon import fails_within
from tests.mlops.fleets import SENSORS, cut, fleet, machine


@pytest.fixture(scope="module")
def model():
    return within_horizon.train(fleet())


def announced(model, one) -> list[bool]:
    """Tell for each failure whether it is announced in the 24 hours before it."""
    alarms = model.predict(one) >= 0.5
    return [bool(alarms[int(hour) - 24 : int(hour)].any()) for hour in one.failures.hours]


def test_it_announces_the_failures_of_machines_that_it_never_saw(model):
    others = fleet(machines=3, first=50).machines
    assert all(all(announced(model, one)) for one in others)
    healthy = np.concatenate([model.predict(one)[~fails_within(one)] for one in others])
    assert (healthy >= 0.5).mean() < 0.01


def test_it_announces_a_kind_of_failure_that_it_never_saw():
    knows_two = within_horizon.train(fleet(machines=4, kinds=(0, 1)))
    others = fleet(machines=3, first=50, kinds=(2,)).machines
    assert sum(sum(announced(knows_two, one)) for one in others) >= 5


def test_what_comes_later_does_not_change_what_it_says(model):
    one = machine("M60", 60)
    assert (model.predict(cut(one, 500)) == model.predict(one)[:500]).all()


def test_a_repair_makes_the_errors_before_it_void(model):
    one = machine("M61", 61)
    failing = int(one.failures.hours[0])
    before = cut(one, failing - 5)
    assert model.predict(before)[-1] > 0.5
    repaired = replace(before, replaced=happenings([(failing - 6.0, "VIB")]))
    assert model.predict(repaired)[-1] < 0.2


def test_it_says_which_sensor_and_which_error_it_owes_its_answer_to(model):
    one = machine("M62", 62)
    hour, kind = int(one.failures.hours[0]), one.failures.kinds[0]
    answer = model.estimate(cut(one, hour - 4))
    sensor = {"PDE": "pressure", "OHE": "temperature", "VIB": "vibration"}[kind]
    assert answer.prediction > 0.5
    first = {one.feature for one in answer.contributions[:2]}
    assert first == {f"{sensor}: deviation, 24 h", f"abnormal_behaviour {sensor}: count, 24 h"}


def test_it_refuses_a_machine_with_less_than_a_day(model):
    refusal = model.estimate(cut(machine("M63", 63), 20)).refusal
    assert (refusal.code, refusal.detail) == ("not_enough_data", "4 more hours of readings are needed.")


def test_it_refuses_where_a_sensor_fell_silent(model):
    one = cut(machine("M64", 64), 200)
    one.telemetry[-20:, 1] = np.nan
    answer = model.estimate(one)
    assert answer.prediction is None
    assert (answer.refusal.code, "temperature" in answer.refusal.detail) == ("sensor_bad", True)


def test_a_sensor_that_a_machine_does_not_have_is_no_refusal(model):
    one = cut(machine("M65", 65), 200)
    one.telemetry[:, 1] = np.nan
    assert model.estimate(one).prediction < 0.2


@pytest.mark.parametrize(
    ("few", "words"),
    [
        (fleet(machines=1), "1 machines with telemetry; 2 are needed"),
        (Fleet(SENSORS, tuple(cut(one, 150) for one in fleet(machines=2).machines)), "300 hours"),
        (Fleet(SENSORS, tuple(cut(one, 320) for one in fleet(machines=3).machines)), "3 failures"),
    ],
)
def test_it_says_what_is_missing(few, words):
    with pytest.raises(NotEnoughData, match=words):
        within_horizon.train(few)


def test_the_signs_it_names_are_those_that_it_answers_for(model):
    signs = model.naming.values(machine("M67", 67), model.level)
    row = dict(zip(model.naming.features, signs[290].tolist(), strict=True))
    answer = model.answer(row, explain=True)
    assert answer.prediction == pytest.approx(model.predict(machine("M67", 67))[290])
    assert {one["name"] for one in model.features()} == {one.feature for one in answer.contributions}


def test_hours_are_means_of_what_came_in_them():
    start, values = hourly(np.array([5.1, 5.9, 7.2]), np.array([[1.0], [3.0], [8.0]]))
    assert start == 5.0
    assert np.array_equal(values, [[2.0], [np.nan], [8.0]], equal_nan=True)


def test_hours_of_which_nothing_is_known_teach_nothing():
    few = fleet(machines=3)
    nothing = np.full((2000, 3), np.nan)
    longer = [replace(one, telemetry=np.vstack([one.telemetry, nothing])) for one in few.machines]
    longer[2].telemetry[:, 1] = np.nan
    taught = within_horizon.train(Fleet(SENSORS, tuple(longer)))
    assert longer[0].heard.sum() == 900 + 23
    assert taught.usual.shape == (8, len(taught.naming.features))
    assert all(announced(taught, few.machines[0]))
