"""One signal ends all of it, and so does its sudden death."""

from __future__ import annotations

import signal

import pytest

from smartmaint.embedded.leftovers import find_leftovers

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_in_order(spare, number):
    spare.start()
    family = spare.family()
    assert spare.stop(number) == 0
    assert not [process for process in family if process.is_running()]
    assert not find_leftovers(spare.data_dir)
    assert spare.output.rstrip().endswith("Stopped: nothing is left running.")


def test_a_second_start_reuses_the_data(spare):
    spare.start()
    before = spare.credentials
    spare.stop()
    spare.start()
    assert spare.credentials == before
    assert "up to date" in spare.output
    spare.stop()


def test_nothing_outlives_it_when_it_is_killed(spare):
    spare.start()
    spare.stop(signal.SIGKILL)
    spare.wait_until(lambda: not find_leftovers(spare.data_dir), 30)


def test_it_starts_again_right_after_it_was_killed(spare):
    spare.start()
    spare.stop(signal.SIGKILL)
    spare.start()
    assert spare.stop() == 0


def test_a_signal_during_the_start_stops_it(spare):
    process = spare.launch()
    spare.wait_until(lambda: "PostgreSQL" in spare.output, 20)
    assert spare.stop() == 0
    assert process.returncode == 0
    assert not find_leftovers(spare.data_dir)


def test_a_command_beside_nothing_says_so_in_a_sentence(spare):
    answer = spare.manage("showmigrations")
    assert answer.returncode == 1
    assert f"No database answers in {spare.data_dir}: start it with `manage.py up`" in answer.stderr
    assert "Traceback" not in answer.stderr
