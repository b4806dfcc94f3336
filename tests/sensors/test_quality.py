from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from sensors.incoming import IncomingReading
from sensors.quality import asset_code_of, check, check_code

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def verdict(**values):
    rejection = check(IncomingReading(**{"sensor_id": "P-1", "value": 1.0, **values}), AT)
    return rejection and rejection.code


@pytest.mark.parametrize("value", [0, -18, -1e308, 5e-324, 1e308])
def test_it_takes_any_finite_value(value):
    assert verdict(value=value) is None


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf")])
def test_it_refuses_what_is_no_number(value):
    assert verdict(value=value) == "value"


@pytest.mark.parametrize(
    ("timestamp", "code"),
    [
        (None, None),
        (AT, None),
        (AT + timedelta(minutes=5), None),
        (AT + timedelta(minutes=5, microseconds=1), "future"),
        (AT.replace(tzinfo=None), "timestamp"),
        (datetime(1970, 1, 1, tzinfo=UTC), None),
        (datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC), "timestamp"),
    ],
)
def test_it_judges_the_time(timestamp, code):
    assert verdict(timestamp=timestamp) == code


@pytest.mark.parametrize(
    ("quality", "code"),
    [(0, None), (1, None), (-0.01, "quality"), (1.01, "quality"), (float("nan"), "quality")],
)
def test_it_judges_the_quality(quality, code):
    assert verdict(quality=quality) == code


@pytest.mark.parametrize("code", ["", " ", " a", "a ", "a\nb", "a\x00b"])
def test_it_registers_no_strange_code(code):
    assert check_code(code).code == "sensor_id"


@pytest.mark.parametrize("metadata", [{"asset": 7}, {"asset": ""}, {"asset": " "}, {}, None])
def test_it_looks_at_the_code_when_no_asset_is_named(metadata):
    assert asset_code_of(IncomingReading(sensor_id="P-1.flow", value=1, metadata=metadata)) == "P-1"
