"""Whether drift is told from chance, and said in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from mlops.drift.comparing import compare
from mlops.drift.distances import ks, ks_of_blocks, psi, student
from mlops.drift.judging import Asked, Judged, Outcome, conclude, examine
from mlops.drift.planning import DAY, Stretch, choose_window, plan, reference_of
from mlops.drift.several import holm

START = datetime(2026, 3, 2, tzinfo=UTC)
ROWS = 96


def rows(days: int, seed: int = 0, kept: float = 0.9) -> list[np.ndarray]:
    """Days of an autoregression of first order with a daily cycle."""
    rng = np.random.default_rng(seed)
    values = [0.0]
    for noise in rng.normal(size=days * ROWS - 1):
        values.append(kept * values[-1] + noise)
    turn = 6 * np.sin(2 * np.pi * np.arange(days * ROWS) / ROWS)
    return np.split(np.array(values) + turn, days)


def a_plan(days: int = 14) -> object:
    window = Stretch(START + days * DAY, START + (days + 1) * DAY)
    return plan(window, Stretch(START, window.since))


def judged(window: np.ndarray, blocks: list[np.ndarray]) -> Judged:
    found = examine(a_plan(len(blocks)), blocks, window, len(window), Asked())
    return found if isinstance(found, Judged) else conclude(found, found.p, 1, Asked())


def test_the_greatest_difference_counts_equal_values_together():
    one, other = np.array([1.0, 2, 2, 3]), np.array([2.0, 2, 3, 4])
    assert ks(one, other) == pytest.approx(0.25)
    assert ks_of_blocks([one, other]) == pytest.approx([0.25, 0.25])


@pytest.mark.parametrize(
    ("freedom", "t"), [(1, 12.706), (2, 4.3027), (3, 3.1824), (7, 2.3646), (12, 2.1788), (27, 2.0518)]
)
def test_the_tail_is_students(freedom, t):
    assert student(t, freedom) == pytest.approx(0.05, abs=1e-4)


def test_the_stability_index_of_equal_histograms_is_zero_and_of_a_shift_is_known():
    even = np.full(10, 1000.0)
    assert psi(even, even / 10) == pytest.approx(0.0, abs=1e-3)
    moved = np.array([2000.0, 0, *[1000.0] * 8])
    assert psi(even, moved) == pytest.approx(0.1 * np.log(2) + 0.1 * np.log(1000), rel=0.05)


def test_holm_asks_most_of_the_smallest_and_keeps_the_order():
    assert holm(np.array([0.01, 0.04, 0.03])) == pytest.approx([0.03, 0.06, 0.06])


def test_a_day_like_the_others_is_stable():
    outcomes = [judged(days[-1], days[:-1]).outcome for days in (rows(15, seed) for seed in range(40))]
    assert outcomes.count(Outcome.DRIFTED) <= 3


@pytest.mark.parametrize(
    ("act", "word"), [(lambda day: day + 12, "median went up"), (lambda day: day * 3, "spread is")]
)
def test_a_moved_level_and_a_wider_spread_are_drift_and_are_named(act, word):
    *blocks, window = rows(15)
    found = judged(act(window), blocks)
    assert found.outcome is Outcome.DRIFTED
    assert any(word in reason for reason in found.reasons)


def test_a_significant_change_that_is_tiny_is_no_drift():
    rng = np.random.default_rng(2)
    blocks = [rng.normal(size=3000) for _ in range(28)]
    found = judged(rng.normal(0.15, 1, size=3000), blocks)
    assert found.outcome is Outcome.STABLE
    assert "too small to count" in found.reasons[0]


def test_a_sensor_that_says_one_value_only_is_bad_and_not_drifted():
    *blocks, window = rows(15)
    found = judged(np.full_like(window, 7.5), blocks)
    assert found.outcome is Outcome.SENSOR_BAD
    assert "7.5 and nothing else" in found.reasons[0]


def test_a_sensor_that_rests_now_and_then_may_rest():
    blocks = rows(14)
    blocks[3] = np.zeros(ROWS)
    assert judged(np.zeros(ROWS), blocks).outcome is not Outcome.SENSOR_BAD


def test_it_says_how_many_readings_are_missing():
    *blocks, window = rows(15)
    assert judged(window[:15], blocks).reasons == ["The window has 15 readings; 5 more are needed."]
    assert judged(window[:0], blocks).outcome is Outcome.SENSOR_BAD
    assert "2 stretches" in judged(window, blocks[:2]).reasons[0]


def test_blocks_are_taken_at_the_windows_times_of_the_day():
    window = Stretch(START + 40 * DAY + DAY / 2, START + 40 * DAY + DAY / 2 + timedelta(hours=1))
    made = plan(window, reference_of(START, window), [Stretch(START + 20 * DAY, START + 21 * DAY)])
    assert made.same_hours
    assert {block.since.hour for block in made.blocks} == {12}
    begins = [block.since for block in made.blocks]
    assert START + 19.5 * DAY in begins
    assert START + 20.5 * DAY not in begins
    assert all(block.until <= window.since for block in made.blocks)


def test_a_short_history_is_cut_one_after_the_other_and_says_so():
    until = START + timedelta(hours=15)
    width = choose_window(START, until)
    made = plan(Stretch(until - width, until), reference_of(START, Stretch(until - width, until)))
    assert (width, len(made.blocks), made.covers_a_day) == (timedelta(hours=1), 14, False)
    assert choose_window(START, START + timedelta(hours=12)) is None


def test_what_the_reference_did_once_is_no_surprise():
    rng = np.random.default_rng(4)
    blocks = [rng.normal(size=ROWS) for _ in range(27)]
    window = rng.normal(2, 1, size=ROWS)
    assert compare([*blocks, rng.normal(size=ROWS)], window).p < 0.001
    assert compare([*blocks, rng.normal(2.1, 1, size=ROWS)], window).p > 0.05


def test_readings_that_hang_together_are_worth_less_and_their_index_is_higher_by_chance():
    loose, tied = (compare(days[:-1], days[-1]) for days in (rows(15, kept=0.0), rows(15, kept=0.95)))
    independent = 9 * (1 / ROWS + 1 / (14 * ROWS))
    assert loose.psi_by_chance == pytest.approx(independent, rel=0.5)
    assert tied.psi_by_chance > 2 * loose.psi_by_chance
    assert tied.worth < loose.worth / 2


def test_the_drawn_histogram_has_all_of_both():
    *blocks, window = rows(8)
    drawn = compare(blocks, window).histogram
    assert sum(drawn.reference) == pytest.approx(1, abs=0.01)
    assert sum(drawn.now) == pytest.approx(1, abs=0.01)
