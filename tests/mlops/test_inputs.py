from __future__ import annotations

import pytest

from mlops.inputs import faults_of

FEATURES = [{"name": "force", "kind": "number"}, {"name": "grade", "kind": "text"}]


def codes(given) -> dict[str, str]:
    return {fault.name: fault.code for fault in faults_of(FEATURES, given)}


def test_all_inputs_of_the_right_kind_are_taken():
    assert codes({"force": -3, "grade": "cheap"}) == {}


def test_each_missing_and_unknown_input_is_named():
    assert codes({"Force": 3}) == {"force": "missing", "grade": "missing", "Force": "unknown"}


@pytest.mark.parametrize("value", ["3", None, True, [3], float("nan"), float("inf"), 10**400])
def test_a_number_is_finite_and_nothing_else(value):
    assert codes({"force": value, "grade": "cheap"}) == {"force": "number"}


@pytest.mark.parametrize("value", [3, None, ["cheap"]])
def test_a_text_is_a_text(value):
    assert codes({"force": 3, "grade": value}) == {"grade": "text"}
