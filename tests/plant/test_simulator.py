from __future__ import annotations

from datetime import UTC, datetime, timedelta
from operator import attrgetter
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from smartmaint.embedded.plant.conditions import LOAD_PEAK_HOUR, daily, local_hours
from smartmaint.embedded.plant.faults import CYCLE, Fault
from smartmaint.embedded.plant.simulator import Plant
from smartmaint.embedded.plant.site import SITE

ORIGIN = datetime(2026, 11, 20, 5, 0, 7, tzinfo=UTC)
PLANT = Plant(seed=1, origin=ORIGIN)
HEALTHY = Plant(seed=1, origin=ORIGIN, script=())
CODES = [sensor.code for sensor in PLANT.sensors]
FIRST_CYCLE = PLANT.truth(ORIGIN, ORIGIN + timedelta(seconds=CYCLE))
MACHINE_FAULTS = [period for period in FIRST_CYCLE if period.fault is not Fault.STUCK_SENSOR]


def readings(plant: Plant, code: str, start: datetime, end: datetime) -> np.ndarray:
    return plant.values(plant.tick_at(start) + 1, plant.tick_at(end))[:, CODES.index(code)]


def deviation(code: str, start: datetime, end: datetime) -> float:
    """The mean distance from the same plant without faults, in standard deviations of the healthy noise."""
    usual, now = (readings(plant, code, start, end) for plant in (HEALTHY, PLANT))
    return abs(now.mean() - usual.mean()) / np.diff(usual).std()


def test_the_same_seed_gives_the_same_readings_whatever_stretch_is_asked_for():
    first = PLANT.tick_at(ORIGIN) - 700
    whole = Plant(seed=1, origin=ORIGIN).values(first, first + 3000)
    assert (PLANT.values(first + 613, first + 2500) == whole[613:2501]).all()
    assert (PLANT.values(first + 999, first + 999) == whole[999]).all()


def test_another_seed_gives_other_readings():
    tick = PLANT.tick_at(ORIGIN)
    assert (PLANT.values(tick, tick) != Plant(seed=2, origin=ORIGIN).values(tick, tick)).any()


def test_before_the_origin_the_plant_is_healthy():
    tick = PLANT.tick_at(ORIGIN)
    assert (PLANT.values(tick - 2000, tick) == HEALTHY.values(tick - 2000, tick)).all()


def test_the_first_fault_is_a_cavitation_of_p101_within_half_a_minute():
    first = FIRST_CYCLE[0]
    assert (first.machine, first.fault, first.failure_mode) == ("P-101", Fault.CAVITATION, "LOO")
    assert first.start - ORIGIN <= timedelta(seconds=30)


def test_the_plant_is_healthy_most_of_the_time():
    broken = sum((period.end - period.start for period in FIRST_CYCLE), timedelta())
    assert broken / timedelta(seconds=CYCLE) < 0.3


@pytest.mark.parametrize(
    "period",
    MACHINE_FAULTS,
    ids=attrgetter("fault.name"),
)
def test_every_sensor_that_the_truth_names_deviates_and_no_other(period):
    moved = {code for code in CODES if deviation(code, period.full_at, period.end) > 2}
    assert moved == set(period.sensors)


def test_a_stuck_sensor_shows_one_value_while_its_machine_goes_on():
    period = next(p for p in FIRST_CYCLE if p.fault is Fault.STUCK_SENSOR)
    assert np.ptp(readings(PLANT, period.sensors[0], period.start, period.end)) == 0
    assert np.ptp(readings(PLANT, "C-401-CUR", period.start, period.end)) > 0
    assert np.ptp(readings(PLANT, period.sensors[0], period.end, period.end + timedelta(minutes=5))) > 0


@pytest.mark.parametrize("period", FIRST_CYCLE, ids=attrgetter("fault.name"))
def test_a_repair_brings_the_machine_back(period):
    later = period.end + timedelta(minutes=6)
    assert all(deviation(code, later, later + timedelta(minutes=5)) < 0.2 for code in period.sensors)


def test_wear_shakes_the_bearing_first_and_heats_it_with_a_lag():
    period = next(p for p in FIRST_CYCLE if p.fault is Fault.BEARING_WEAR)
    middle, minute = period.start + (period.full_at - period.start) / 2, timedelta(minutes=1)

    def share(code: str) -> float:
        spans = (middle, middle + minute), (period.end - minute, period.end)
        half, full = (
            readings(PLANT, code, *span).mean() - readings(HEALTHY, code, *span).mean() for span in spans
        )
        return half / full

    assert 1 > share("K-301-VIB") > share("K-301-TMP") > 0.05


def test_readings_are_multiples_of_the_instruments_resolution():
    row = PLANT.values(PLANT.tick_at(ORIGIN), PLANT.tick_at(ORIGIN))[0]
    steps = row / [sensor.resolution for sensor in PLANT.sensors]
    assert steps == pytest.approx(np.round(steps))


def test_the_load_peaks_in_the_afternoon_of_the_sites_own_time_zone():
    times = np.arange(0, 86_400, 60) + datetime(2026, 11, 20, tzinfo=UTC).timestamp()
    hours = local_hours(times, SITE.zone)
    peak = datetime.fromtimestamp(times[daily(hours, 0.8, 0.1, LOAD_PEAK_HOUR).argmax()], UTC)
    assert peak.astimezone(ZoneInfo("America/Sao_Paulo")).hour == LOAD_PEAK_HOUR
    assert peak.hour == LOAD_PEAK_HOUR + 3


def test_the_day_repeats_after_24_hours_and_not_after_12():
    day, half = timedelta(hours=24), timedelta(hours=12)
    start, end = ORIGIN - 2 * day, ORIGIN - 2 * day + timedelta(hours=1)
    flow, *later = (
        readings(PLANT, "P-102-FLO", start + shift, end + shift).mean() for shift in (timedelta(), half, day)
    )
    assert later[1] == pytest.approx(flow, rel=0.005)
    assert later[0] != pytest.approx(flow, rel=0.01)


def test_speed_makes_the_script_faster_and_not_the_day():
    fast = Plant(seed=1, origin=ORIGIN, speed=10.0)
    tick = PLANT.tick_at(ORIGIN)
    assert fast.truth(ORIGIN, ORIGIN + timedelta(minutes=18))[-1].fault is Fault.FOULING
    assert (fast.values(tick - 100, tick) == PLANT.values(tick - 100, tick)).all()
