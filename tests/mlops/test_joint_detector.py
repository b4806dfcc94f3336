"""The checks that every detector must pass, on the joint detector of an asset; and what it is for."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from scipy.signal import lfilter

from mlops.detectors import joint
from mlops.detectors.episodes import Change
from mlops.detectors.joint import Step
from mlops.detectors.joint_alarm import Part
from mlops.detectors.settings import CALM, SENSITIVE, Settings
from mlops.detectors.window import Floats, States
from tests.mlops.signals import times
from tests.mlops.test_detectors import cuts

ROWS = 900


@dataclass(frozen=True)
class Heard:
    """Steps put together, without the axis of assets."""

    evidence: Floats
    scores: Floats
    abnormal: Floats
    changes: Floats


def hear(
    values: Floats,
    state: States | None = None,
    start: int = 0,
    at_once: int = 16,
    settings: Settings = SENSITIVE,
) -> Heard:
    """Hear rows (T, n) of one asset from `start` on."""
    state = joint.fresh(1, values.shape[1]) if state is None else state
    moments = times(len(values))
    steps = [
        joint.advance(state, values[None, cut], moments[None, cut], settings)
        for cut in cuts(start, len(values), at_once)
    ]
    return put_together(steps)


def put_together(steps: list[Step]) -> Heard:
    parts = ([s.evidence[0] for s in steps], [s.scores[0] for s in steps], [s.abnormal[0] for s in steps])
    return Heard(
        *(np.concatenate(part) for part in parts), np.concatenate([s.told.changes[0] for s in steps])
    )


def noise(rows: int = ROWS, sensors: int = 4, seed: int = 0) -> Floats:
    return np.random.default_rng(seed).normal(20, 1, (rows, sensors))


def pump(rows: int = ROWS, seed: int = 0) -> Floats:
    """A wandering load that flow and current follow, and a temperature that has nothing to do with it."""
    draw = np.random.default_rng(seed)
    load = 50 + lfilter([1], [1, -0.97], draw.normal(0, 0.5, rows))
    columns = (load, 2 * load, 0.5 * load + 10, 40 + np.zeros(rows))
    return np.stack(columns, axis=1) + draw.normal(0, (0.2, 0.4, 0.1, 0.2), (rows, 4))


def signals() -> Floats:
    values = np.concatenate([noise(), pump()], axis=1)
    values[700:800, 1] += 3
    values[500:520, 3] = np.nan
    return values


@pytest.fixture(scope="module")
def heard() -> Heard:
    return hear(signals())


def same(one: Heard, other: Heard, rows: slice = slice(None)) -> None:
    for name in ("evidence", "scores", "abnormal", "changes"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name)[rows])


def test_its_answers_do_not_depend_on_later_rows(heard):
    same(hear(signals()[:750]), heard, slice(750))


@pytest.mark.parametrize("at_once", [1, 7])
def test_its_answers_do_not_depend_on_how_rows_are_cut(heard, at_once):
    same(hear(signals(), at_once=at_once), heard)


def test_it_goes_on_from_its_stored_state(heard):
    state = joint.fresh(1, 8)
    hear(signals()[:745], state)
    same(hear(signals(), joint.unpack(joint.pack(state), 8), 745), heard, slice(745, None))


def test_an_asset_is_judged_alone_as_among_others():
    both = np.stack([noise(seed=1), noise(seed=2)])
    state = joint.fresh(2, 4)
    moments = np.broadcast_to(times(ROWS), (2, ROWS))
    steps = [joint.advance(state, both[:, cut], moments[:, cut], SENSITIVE) for cut in cuts(0, ROWS, 16)]
    np.testing.assert_array_equal(
        np.concatenate([step.evidence[1] for step in steps]), hear(both[1]).evidence
    )


def test_it_bears_huge_tiny_constant_and_missing_values():
    hard = np.stack([noise()[:, 0] * 1e300, noise()[:, 1] * 1e-300, np.full(ROWS, 7.0)], axis=1)
    hard = np.column_stack([hard, np.zeros(ROWS), np.full(ROWS, np.nan)])
    assert np.isfinite(hear(hard).scores).all()


def test_a_state_of_another_length_is_refused():
    with pytest.raises(ValueError, match="joint state of 3 sensors"):
        joint.unpack([b"too short"], 3)


def test_it_is_silent_for_400_rows_and_on_noise():
    answers = hear(noise(3000))
    assert not answers.evidence[:400].any()
    assert answers.abnormal.mean() < 0.01


def test_it_names_the_sensor_that_moved():
    values = noise()
    values[600:, 2] += 3
    answers = hear(values, settings=CALM)
    opened = int(np.argmax(answers.changes[:, Part.JOINT] == Change.OPENED))
    assert 600 < opened < 630
    assert joint.shares(answers.evidence[opened])[2] == 1


def test_shares_are_parts_of_one():
    shares = joint.shares(np.array([4.0, 2.0, 1.9, 0.0]))
    assert shares.sum() == pytest.approx(1)
    assert list(shares[2:]) == [0, 0]


def test_it_finds_a_sensor_that_leaves_the_others_course_within_its_own_range():
    values = pump(2000)
    low, high = values[:1500, 1].min(), values[:1500, 1].max()
    values[1500:, 1] += 4
    assert low < values[1500:1530, 1].min()
    assert values[1500:1530, 1].max() < high
    answers = hear(values, settings=CALM)
    opened = np.flatnonzero(answers.changes[:, Part.JOINT] == Change.OPENED)
    assert opened.size
    assert 1500 <= opened[0] < 1530
    assert np.argmax(answers.evidence[opened[0]]) == 1


def test_a_sensor_that_lags_the_others_by_chance_alone_raises_nothing():
    assert not hear(pump(4000), settings=CALM).changes[:, Part.JOINT].any()


def test_it_recovers_at_once_and_tells_the_end_after_40_quiet_rows():
    values = noise()
    values[600:700, 2] += 6
    answers = hear(values, settings=CALM)
    last = int(np.flatnonzero(answers.abnormal)[-1])
    ended = int(np.argmax(answers.changes[:, Part.JOINT] == Change.ENDED))
    assert 700 <= last < 720
    assert ended == last + 40


def test_what_lasts_becomes_the_normal_after_600_rows():
    values = noise(2000)
    values[600:, 2] += 6
    abnormal = np.flatnonzero(hear(values).abnormal)
    assert 1200 <= abnormal[-1] < 1250


def test_what_comes_and_goes_for_600_rows_becomes_the_normal_of_that_sensor_alone():
    values, state = noise(2000), joint.fresh(1, 4)
    values[608:, 2] += 6 * (np.arange(1392) % 60 < 30)
    hear(values[:608], state)
    high = joint.usual(state)[1][0].copy()
    abnormal = np.flatnonzero(hear(values, state, 608).abnormal)
    assert 580 <= abnormal[-1] < 650
    assert (joint.usual(state)[1][0] > high + 1).tolist() == [False, False, True, False]


def test_a_fault_is_not_learnt():
    values = noise(1500)
    values[600:1000, 2] += 6
    values[1200:1250, 2] += 6
    assert hear(values).abnormal[1210:1250].all()


def test_a_sensor_with_nothing_to_say_is_left_out():
    values = noise()
    values[600:, 2] += 6
    values[590:, 2] = np.nan
    assert not hear(values).abnormal.any()


@pytest.mark.parametrize(("decimals", "shift", "told"), [(2, 0, False), (9, 0.03, True), (2, 0.03, True)])
def test_a_sensor_written_more_coarsely_is_no_lasting_alarm(decimals, shift, told):
    values = noise(900, 3)
    values[:, 2] = 2.9835 + 0.001 * (values[:, 2] - 20)
    values[808:, 2] += shift
    values[608:, 2] = np.round(values[608:, 2], decimals)
    assert hear(values).abnormal[700:].any() == told


def test_calm_asks_for_more_than_sensitive():
    values = noise()
    values[600:640, 2] += 1.2
    assert not hear(values, settings=CALM).changes.any()
    assert hear(values, settings=SENSITIVE).changes[:, Part.JOINT].any()


def test_a_slow_sensor_that_suddenly_moves_is_told_apart():
    draw = np.random.default_rng(3)
    slow = np.cumsum(np.cumsum(draw.normal(0, 1e-3, 1200))) * 0.01 + draw.normal(0, 1e-4, 1200)
    slow[1000:1100] += np.linspace(0, 40, 100)
    slow[1100:] += 40
    values = np.column_stack([noise(1200, 2), slow])
    changes = hear(values, settings=CALM).changes
    assert (changes[:, Part.SLOW] == Change.OPENED).sum() == 1
    assert not changes[:, Part.JOINT].any()
