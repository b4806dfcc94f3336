"""Calendars, without a database: shifts on the wall's clock, nights, changes of clocks, holidays."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from maintenance.worktime import Period, Person, WorkShift, earliest_start, free_periods, working_periods

UTC_ZONE = ZoneInfo("UTC")
BERLIN = ZoneInfo("Europe/Berlin")
SAO_PAULO = ZoneInfo("America/Sao_Paulo")
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
DAY_SHIFTS = tuple(WorkShift(day, time(8), time(16)) for day in range(5))
NIGHT_SHIFTS = tuple(WorkShift(day, time(22), time(6)) for day in range(7))


def person(zone: ZoneInfo = UTC_ZONE, **values: object) -> Person:
    defaults = {"id": 1, "name": "Ana", "site_id": 1, "site": "Plant", "shifts": DAY_SHIFTS}
    return Person(zone=zone, **{**defaults, **values})


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def test_shifts_are_hours_of_the_site():
    first = working_periods(person(SAO_PAULO), MONDAY, MONDAY + timedelta(days=1))[0]
    assert first == Period(at("2026-03-02T08:00-03:00"), at("2026-03-02T16:00-03:00"))


def test_a_night_shift_that_began_yesterday_counts():
    night = person(shifts=(WorkShift(6, time(22), time(6)),))
    assert working_periods(night, MONDAY, MONDAY + timedelta(hours=1)) == [
        Period(MONDAY - timedelta(hours=2), MONDAY + timedelta(hours=6))
    ]


@pytest.mark.parametrize(
    ("day", "hours"),
    [("2026-03-28", 7), ("2026-10-24", 9), ("2026-06-13", 8)],
    ids=["spring", "autumn", "summer"],
)
def test_a_night_over_a_change_of_clocks_is_as_long_as_it_is(day, hours):
    night = person(BERLIN, shifts=(WorkShift(5, time(22), time(6)),))
    noon = at(f"{day}T12:00+00:00")
    (shift,) = working_periods(night, noon, noon + timedelta(days=1))
    assert shift.end - shift.start == timedelta(hours=hours)


def test_shifts_that_touch_are_one_stretch():
    both = person(shifts=(WorkShift(0, time(6), time(14)), WorkShift(0, time(14), time(22))))
    assert earliest_start(both, timedelta(hours=10), MONDAY, MONDAY + timedelta(days=1)) == at(
        "2026-03-02T06:00+00:00"
    )


def test_nobody_works_on_a_holiday_unless_the_shift_says_so():
    holiday = frozenset({date(2026, 3, 2)})
    free = earliest_start(person(holidays=holiday), timedelta(hours=1), MONDAY, MONDAY + timedelta(days=7))
    works = (WorkShift(0, time(8), time(16), works_on_holidays=True),)
    duty = person(holidays=holiday, shifts=works)
    assert free == at("2026-03-03T08:00+00:00")
    assert earliest_start(duty, timedelta(hours=1), MONDAY, MONDAY + timedelta(days=7)) == at(
        "2026-03-02T08:00+00:00"
    )


def test_a_holiday_is_a_day_of_the_site_not_of_utc():
    kiribati = person(ZoneInfo("Pacific/Kiritimati"), holidays=frozenset({date(2026, 3, 3)}))
    shifts = working_periods(kiribati, MONDAY, MONDAY + timedelta(days=3))
    assert [shift.start.astimezone(kiribati.zone).day for shift in shifts] == [2, 4, 5]


def test_absences_and_bookings_are_cut_out():
    ana = person(
        absences=(Period(at("2026-03-02T00:00+00:00"), at("2026-03-02T10:00+00:00")),),
        busy=(Period(at("2026-03-02T11:00+00:00"), at("2026-03-02T12:00+00:00")),),
    )
    free = list(free_periods(ana, MONDAY, MONDAY + timedelta(hours=20)))
    assert [(period.start.hour, period.end.hour) for period in free] == [(10, 11), (12, 16)]


def test_work_begins_on_a_quarter_of_an_hour():
    late = MONDAY + timedelta(hours=9, minutes=7, seconds=30)
    assert earliest_start(person(), timedelta(hours=1), late, late + timedelta(days=1)) == at(
        "2026-03-02T09:15+00:00"
    )


def test_work_longer_than_any_shift_never_starts():
    assert earliest_start(person(), timedelta(hours=9), MONDAY, MONDAY + timedelta(days=30)) is None


@given(
    start=st.datetimes(datetime(2026, 1, 1), datetime(2026, 12, 31), timezones=st.just(UTC)),
    work=st.integers(1, 8),
    busy=st.lists(st.tuples(st.integers(0, 200), st.integers(1, 12)), max_size=6),
)
def test_whatever_it_offers_is_inside_a_shift_and_free(start, work, busy):
    taken = tuple(
        Period(start + timedelta(hours=begin), start + timedelta(hours=begin + long)) for begin, long in busy
    )
    ana = person(BERLIN, shifts=NIGHT_SHIFTS, busy=taken)
    begin = earliest_start(ana, timedelta(hours=work), start, start + timedelta(days=20))
    assert begin is not None
    end = begin + timedelta(hours=work)
    assert begin >= start
    assert all(end <= block.start or begin >= block.end for block in taken)
    assert any(shift.start <= begin and end <= shift.end for shift in working_periods(ana, begin, end))
