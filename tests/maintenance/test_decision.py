"""The rule that chooses, without a database."""

from __future__ import annotations

from dataclasses import replace

import pytest

from maintenance.decision import DEFAULT_POLICY, Facts, Line, choose_action

FACTS = Facts(
    asset_class="",
    criticality=2,
    cause="abnormal_behaviour",
    priority=2,
    confidence=0.9,
    outcome="no_limit",
)


def line(**values: object) -> Line:
    return Line(**{"name": "this", "action": "act", "within_hours": 24, "work_hours": 2, **values})


def test_the_first_line_that_fits_decides():
    choice = choose_action(FACTS, [line(name="one", action="plan"), line(name="two")])
    assert (choice.action, choice.line) == ("plan", "one")


def test_it_says_which_line_fitted_and_why_those_before_did_not():
    choice = choose_action(FACTS, [line(name="pumps", asset_class="pump"), line(name="all")])
    assert choice.reasons == ("Policy line “all” fits.", "Not “pumps”: the asset is no pump.")


def test_a_person_is_asked_where_no_line_fits():
    choice = choose_action(FACTS, [line(causes=("sensor_stuck",))])
    assert choice.action == "ask"
    assert "the cause is abnormal behaviour" in choice.reasons[1]


@pytest.mark.parametrize(
    ("condition", "facts"),
    [
        ({"asset_class": "pump"}, {"asset_class": "pump"}),
        ({"causes": ("limit_exceeded",)}, {"cause": "limit_exceeded"}),
        ({"outcomes": ("estimate",)}, {"outcome": "estimate"}),
        ({"worst_priority": 1}, {"priority": 1}),
        ({"most_critical": 1}, {"criticality": 1}),
        ({"least_confidence": 0.95}, {"confidence": 0.95}),
        ({"most_hours": 10}, {"hours": 10.0}),
    ],
)
def test_each_condition_fits_what_it_names_and_nothing_less(condition, facts):
    assert choose_action(FACTS, [line(**condition)]).line == "no line fits"
    assert choose_action(replace(FACTS, **facts), [line(**condition)]).line == "this"


def test_the_work_is_due_before_the_limit_may_be_met():
    choice = choose_action(replace(FACTS, outcome="estimate", hours=10.0), [line()])
    assert choice.within_hours == 10
    assert "10 h" in choice.reasons[-1]


def test_the_due_time_leaves_room_for_the_visit():
    assert choose_action(replace(FACTS, outcome="estimate", hours=0.0), [line()]).within_hours == 3


@pytest.mark.parametrize(
    ("facts", "action"),
    [
        ({}, "plan"),  # a sensor that registered itself, without a limit
        ({"confidence": 0.6}, "ask"),
        ({"priority": 1}, "act"),
        ({"priority": 4}, "ask"),
        ({"priority": 4, "criticality": 3}, "watch"),
        ({"cause": "sensor_stuck", "outcome": "sensor_bad"}, "plan"),
        ({"outcome": "limit_reached", "hours": 0.0}, "act"),
        ({"cause": "limit_exceeded"}, "act"),
        ({"outcome": "estimate", "hours": 40.0}, "act"),
        ({"outcome": "estimate", "hours": 400.0}, "plan"),
        ({"outcome": "no_trend", "confidence": 0.55}, "ask"),
    ],
)
def test_the_default_policy(facts, action):
    assert choose_action(replace(FACTS, **facts), DEFAULT_POLICY).action == action


def test_by_default_an_instrument_is_checked_by_who_knows_instruments():
    choice = choose_action(replace(FACTS, cause="sensor_silent", outcome="sensor_bad"), DEFAULT_POLICY)
    assert (choice.skill, choice.work_hours) == ("instrumentation", 1)
