from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest

from smartmaint.gathering import Gathering


class Slow:
    """Acts on numbers: doubles them, waits for `release` the first time, and remembers the groups."""

    def __init__(self) -> None:
        self.groups: list[list[int]] = []
        self.began, self.release = Event(), Event()

    def __call__(self, numbers: list[int]) -> list[int | Exception]:
        self.groups.append(numbers)
        self.began.set()
        assert self.release.wait(60)
        return [ValueError(number) if number == 13 else 2 * number for number in numbers]


def ask_while_acting(gathering, slow, first, others):
    """Submit `first`, then `others` while it is acted on; return what came of each."""

    def submit(number: int) -> int | Exception:
        try:
            return gathering.submit(number)
        except Exception as error:
            return error

    with ThreadPoolExecutor(len(others) + 1) as pool:
        futures = [pool.submit(submit, first)]
        assert slow.began.wait(60)
        futures += [pool.submit(submit, number) for number in others]
        while len(gathering._waiting) < len(others):
            pass
        slow.release.set()
        return [future.result(60) for future in futures]


def test_who_finds_nobody_acting_acts_at_once_and_the_others_together():
    slow = Slow()
    results = ask_while_acting(Gathering(slow, most=50), slow, 0, list(range(1, 9)))
    assert results == [2 * number for number in range(9)]
    assert slow.groups[0] == [0]
    assert sorted(slow.groups[1]) == list(range(1, 9))


def test_a_group_is_bounded():
    slow = Slow()
    ask_while_acting(Gathering(slow, most=3), slow, 0, list(range(1, 9)))
    assert [len(group) for group in slow.groups] == [1, 3, 3, 2]


def test_an_error_for_one_is_raised_for_that_one_only():
    slow = Slow()
    results = ask_while_acting(Gathering(slow, most=50), slow, 1, [13, 3])
    assert (results[0], type(results[1]), results[2]) == (2, ValueError, 6)


def test_what_is_raised_reaches_all_and_the_next_group_goes_on():
    failing = iter([True, False])

    def act(numbers: list[int]) -> list[int]:
        if next(failing):
            raise RuntimeError("broken")
        return numbers

    gathering = Gathering(act, most=5)
    with pytest.raises(RuntimeError, match="broken"):
        gathering.submit(1)
    assert gathering.submit(2) == 2


def test_a_spreading_trouble_ends_the_waiting_of_those_who_came_meanwhile():
    slow = Slow()

    def act(numbers: list[int]) -> list[int]:
        slow(numbers)
        raise ConnectionError("away")

    results = ask_while_acting(Gathering(act, most=5, spreading=(ConnectionError,)), slow, 0, [1, 2, 3])
    assert {type(result) for result in results} == {ConnectionError}
    assert len(slow.groups) == 1
