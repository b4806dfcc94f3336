"""The rule that schedules, without a database."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import permutations
from zoneinfo import ZoneInfo

import pytest

from maintenance.scheduling import NoSlot, Request, Slot, best_slot
from maintenance.worktime import Period, Person, WorkShift

MONDAY = datetime(2026, 3, 2, 6, tzinfo=UTC)
REQUEST = Request(
    site_id=1,
    work=timedelta(hours=2),
    earliest=MONDAY,
    due=MONDAY + timedelta(days=2),
    skills=frozenset({"vibration"}),
)


def shifts(start: int, end: int, days: range = range(5)) -> tuple[WorkShift, ...]:
    return tuple(WorkShift(day, time(start), time(end)) for day in days)


def person(number: int, name: str, **values: object) -> Person:
    defaults = {
        "site_id": 1,
        "site": "Plant",
        "zone": ZoneInfo("UTC"),
        "skills": frozenset({"vibration"}),
        "shifts": shifts(8, 16),
    }
    return Person(id=number, name=name, **{**defaults, **values})


ANA, BRUNO = person(1, "Ana"), person(2, "Bruno", shifts=shifts(10, 18))
AWAY = (Period(MONDAY - timedelta(days=1), MONDAY + timedelta(days=400)),)


def test_the_earliest_free_person_is_booked_with_the_reasons():
    slot = best_slot(REQUEST, [BRUNO, ANA])
    assert isinstance(slot, Slot)
    assert (slot.person, slot.start.hour, slot.end.hour) == ("Ana", 8, 10)
    assert slot.reasons == (
        "Ana has the skill vibration and works at Plant.",
        "The first free time is Mon 02 Mar 08:00 to 10:00 (UTC).",
        "Bruno: is free later, Mon 02 Mar 10:00.",
    )


def test_who_lacks_the_skill_is_passed_over():
    slot = best_slot(REQUEST, [replace(ANA, skills=frozenset()), BRUNO])
    assert slot.person == "Bruno"
    assert "Ana: lacks the skill vibration." in slot.reasons


def test_of_two_free_at_once_the_less_booked_one_goes():
    later = MONDAY + timedelta(days=3)
    busy = replace(ANA, busy=(Period(later, later + timedelta(hours=4)),))
    assert best_slot(REQUEST, [busy, person(3, "Carla")]).person == "Carla"


def test_the_same_people_in_any_order_give_the_same_plan():
    people = [ANA, BRUNO, person(3, "Carla"), person(4, "Davi")]
    assert {best_slot(REQUEST, list(order)).person for order in permutations(people)} == {"Ana"}


def test_a_technician_of_another_site_is_only_proposed():
    answer = best_slot(REQUEST, [replace(ANA, site_id=2, site="Depot")])
    assert isinstance(answer, NoSlot)
    assert answer.reasons == ("No technician of the asset's site has the skill vibration.",)
    assert answer.proposal.person == "Ana"


def test_a_slot_after_the_due_time_is_only_proposed():
    answer = best_slot(replace(REQUEST, due=MONDAY + timedelta(hours=3)), [ANA])
    assert isinstance(answer, NoSlot)
    assert "Ana: has no shift that is long enough." in answer.reasons
    assert answer.proposal.start == MONDAY + timedelta(hours=2)
    assert "after it is due" in answer.proposal.reasons[1]


@pytest.mark.parametrize(
    ("people", "reason"),
    [
        ([], "There is no technician."),
        ([replace(ANA, skills=frozenset())], "No technician has the skill vibration."),
        ([replace(ANA, absences=AWAY)], "Ana: is away."),
        ([replace(ANA, shifts=())], "Ana: has no shifts."),
        ([replace(ANA, shifts=shifts(8, 9))], "Ana: has no shift that is long enough."),
        ([replace(ANA, busy=AWAY)], "Ana: is booked."),
        (
            [replace(ANA, holidays=frozenset(date(2026, 3, 2) + timedelta(days=n) for n in range(40)))],
            "Ana: has a public holiday or a day without work.",
        ),
    ],
)
def test_it_says_why_nobody_can_be_booked(people, reason):
    answer = best_slot(REQUEST, people)
    assert isinstance(answer, NoSlot)
    assert answer.proposal is None
    assert reason in answer.reasons


def test_a_full_week_fills_slot_by_slot_without_overlap():
    ana, starts = ANA, []
    for _ in range(8):
        slot = best_slot(replace(REQUEST, due=MONDAY + timedelta(days=9)), [ana])
        starts.append(slot.start)
        ana = replace(ana, busy=(*ana.busy, Period(slot.start, slot.end)))
    assert [start.hour for start in starts] == [8, 10, 12, 14] * 2
    assert len(set(starts)) == 8


def test_work_without_a_skill_goes_to_anybody_of_the_site():
    slot = best_slot(replace(REQUEST, skills=frozenset()), [replace(ANA, skills=frozenset())])
    assert slot.reasons[0] == "Ana works at Plant."
