"""A budget of false alarms, asked for in words, holds on sensors that it has never seen."""

from __future__ import annotations

import os

import numpy as np
import pytest

from mlops.detectors import habits, window
from mlops.detectors.settings import settings_for
from mlops.detectors.window import BLOCK
from tests.mlops.budgets import ASKED, MONTHS, alerts, healthy

SENSORS = int(os.environ.get("SMARTMAINT_BUDGET_SENSORS", "8"))
WORDS = ("1 a month", "1 a week", "no budget")


@pytest.fixture(scope="module")
def counts():
    """Alerts a month of healthy sensors with a daily load over 90 days, sensitive, under each budget."""
    values = np.stack([healthy(number) for number in range(SENSORS)])
    settings = [settings_for("sensitive", ASKED[words]) for words in WORDS for _ in values]
    found = alerts(np.tile(values, (len(WORDS), 1)), settings) / MONTHS
    return dict(zip(WORDS, found.reshape(len(WORDS), -1), strict=True))


def test_asked_for_one_a_month_it_gives_two_at_most(counts):
    assert 0 < counts["1 a month"].mean() <= 2


def test_asked_for_one_a_week_it_gives_two_at_most(counts):
    assert 0 < counts["1 a week"].mean() * 7 / 30 <= 2


def test_a_smaller_budget_gives_fewer_alerts(counts):
    assert counts["1 a month"].mean() < 0.7 * counts["no budget"].mean()


def test_what_an_alert_costs_is_given_back_within_the_time_of_the_budget():
    state = np.zeros(1, habits.STATE)
    state["opened"] = 1
    asked = settings_for("calm", 2)
    habits.get_used_to(state, a_block(60.0), asked)
    assert state["told"] == habits.BUDGET_STEP
    for _ in range(15):
        habits.get_used_to(state, a_block(86400 / BLOCK), asked)
    assert state["told"] == pytest.approx(0, abs=1e-5)


def a_block(interval):
    state = np.zeros(1, window.STATE)
    state["times"] = np.arange(BLOCK + 1) * interval
    return window.block(state)
