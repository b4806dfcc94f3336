from __future__ import annotations

import numpy as np
import pytest

from mlops.detectors.settings import settings_for, together


def test_sensitive_asks_for_less_than_calm():
    calm, sensitive = settings_for("calm"), settings_for("sensitive")
    assert sensitive.steady < calm.steady
    assert sensitive.wandering < calm.wandering


def test_no_budget_is_an_infinite_one():
    assert settings_for("calm").per_month == np.inf
    assert settings_for("calm", 2).per_month == 2


def test_settings_of_many_sensors_are_arrays_that_can_be_parted():
    many = together([settings_for("calm", 1), settings_for("sensitive"), settings_for("calm", 4)])
    some = many.of(np.array([2, 1]))
    np.testing.assert_array_equal(some.steady, [2.5, 1.5])
    np.testing.assert_array_equal(some.per_month, [4, np.inf])


@pytest.mark.parametrize(("sensitivity", "per_month"), [("loud", None), ("calm", 0), ("calm", -1)])
def test_it_refuses_what_has_no_meaning(sensitivity, per_month):
    with pytest.raises(ValueError, match=r"sensitivity|budget"):
        settings_for(sensitivity, per_month)
