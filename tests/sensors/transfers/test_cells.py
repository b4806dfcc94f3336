"""What a cell says: numbers and times, and nothing guessed."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sensors.transfers.cells import (
    BadCell,
    comma_number,
    neutralise,
    number,
    original,
    time_reader,
)

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("form", "zone", "text"),
    [
        ("iso", "", "2026-03-02T12:00:00Z"),
        ("iso", "", "2026-03-02 09:00:00-03:00"),
        ("iso", "", "2026-03-02 12:00:00 UTC"),
        ("iso", "America/Sao_Paulo", "2026-03-02 09:00"),
        ("epoch_s", "", "1772452800"),
        ("epoch_ms", "", "1772452800000"),
        ("epoch_us", "", "1772452800000000.0"),
        ("%d.%m.%Y %H:%M", "Europe/Berlin", "02.03.2026 13:00"),
        ("%m/%d/%Y %H:%M:%S", "UTC", "03/02/2026 12:00:00"),
    ],
)
def test_times_of_each_form_are_read(form, zone, text):
    assert time_reader(form, zone)(text) == NOON


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("2026-03-29 02:30:00", "nonexistent_time"),
        ("2026-10-25 02:30:00", "ambiguous_time"),
        ("2026-02-30 12:00:00", "timestamp"),
        ("yesterday", "timestamp"),
        ("0001-01-01T00:00:00", "timestamp"),
        ("9999-12-31T23:59:59", "timestamp"),
    ],
)
def test_a_time_that_is_none_or_was_twice_is_not_guessed(text, code):
    with pytest.raises(BadCell) as refusal:
        time_reader("iso", "Europe/Berlin")(text)
    assert refusal.value.code == code


def test_an_offset_settles_what_the_clock_does_not():
    read = time_reader("iso", "Europe/Berlin")
    assert read("2026-10-25T02:30:00+01:00") - read("2026-10-25T02:30:00+02:00")


@pytest.mark.parametrize("size", ["1e300", "-1e300", "99999999999999999999"])
def test_an_epoch_beyond_all_years_is_refused(size):
    with pytest.raises(BadCell):
        time_reader("epoch_s", "")(size)


@pytest.mark.parametrize("text", ["1_000", "NaN", "-inf", "1e400", "٣", "0x10", "1,5", "", "true"])
def test_what_is_no_number_is_refused(text):
    with pytest.raises(BadCell):
        number(text)


def test_a_point_beside_a_decimal_comma_is_not_guessed():
    assert comma_number("-1,5e3") == -1500
    with pytest.raises(BadCell, match=r"point in '1\.234,5'"):
        comma_number("1.234,5")


@given(st.text())
def test_no_text_is_a_formula_and_each_comes_back(text):
    harmless = neutralise(text)
    assert not harmless.startswith(tuple("=+-@\t\r"))
    assert original(harmless) == text


@given(st.text(), st.sampled_from(["iso", "epoch_s", "%d/%m/%Y %H:%M"]), st.sampled_from(["", "UTC"]))
def test_any_text_is_a_time_or_a_bad_cell(text, form, zone):
    with suppress(BadCell):
        assert time_reader(form, zone)(text).tzinfo
