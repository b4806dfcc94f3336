"""What was said against what took effect, with real relays and workers that are killed under load."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator

import pytest

from tests.events.ledger import Ledger, wait_until

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]

VICTIMS = ["worker-1/child", "relay-1", "worker-2/child", "relay-2", "worker-1", "worker-2/child", "worker-2"]
KILLS = int(os.environ.get("SMARTMAINT_TEST_KILLS", "14"))  # each twice; 300 in a long run


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    folder = tmp_path_factory.mktemp("ledger")
    for one in (folder, *folder.parents[:2]):
        one.chmod(0o755)
    ledger = Ledger(folder)
    try:
        ledger.start_all()
        yield ledger
    finally:
        ledger.stop_all()


def kill_and_restart(ledger: Ledger, victim: str) -> None:
    """Kill it, bring it back, and let the chain move on before the next one dies."""
    before = ledger.heard()
    ledger.kill(victim)
    if "/" not in victim:
        ledger.start(victim)
    wait_until(lambda: ledger.heard() >= before + 20, 120, f"nothing moved after {victim} was killed")


def test_nothing_is_lost_or_doubled_when_relays_and_workers_are_killed_under_load(ledger):
    speaker = ledger.say(2000, "--pause", "0.004")
    wait_until(ledger.heard, 120, "the chain did not start")
    for number in range(KILLS):
        kill_and_restart(ledger, VICTIMS[number % len(VICTIMS)])
    assert speaker.wait(180) == 0
    ledger.assert_balanced()


def test_nothing_is_lost_or_doubled_when_the_queue_is_emptied(ledger):
    speaker = ledger.say(200)
    wait_until(lambda: ledger.queue().llen("smartmaint-default"), 120, "nothing was queued")
    ledger.queue().flushall()
    assert speaker.wait(180) == 0
    ledger.assert_balanced()


def test_nothing_is_lost_or_doubled_when_redis_is_killed_and_its_data_is_gone(ledger):
    speaker = ledger.say(200)
    wait_until(lambda: ledger.queue().llen("smartmaint-default"), 120, "nothing was queued")
    ledger.kill("redis")
    for path in sorted((ledger.data_dir / "redis").rglob("*"), reverse=True):
        path.unlink() if path.is_file() else path.rmdir()
    assert speaker.wait(180) == 0
    ledger.start_server("redis")
    ledger.assert_balanced()


def test_nothing_is_lost_or_doubled_when_postgres_crashes_and_comes_back(ledger):
    assert ledger.say(200).wait(180) == 0
    ledger.kill("postgres", signal.SIGQUIT)
    time.sleep(1.5)  # the length of the outage: relays and workers meet it several times
    ledger.start_server("postgres")
    assert ledger.say(50).wait(180) == 0
    ledger.assert_balanced()


def test_an_event_that_kills_every_worker_becomes_a_dead_letter_while_others_flow(ledger):
    assert ledger.say(100, "--poison").wait(180) == 0
    dead = "SELECT count(*) FROM events_delivery WHERE agent = 'ledger_app.die' AND state = 'dead'"
    wait_until(lambda: ledger.number(dead), 180, "the poison did not become a dead letter")
    assert ledger.rows("SELECT attempts FROM events_delivery WHERE agent = 'ledger_app.die'") == [(5,)]
    meanwhile = """SELECT count(*) FROM events_delivery others, events_delivery poison
        JOIN events_eventrecord said USING (event_id)
        WHERE poison.agent = 'ledger_app.die' AND others.state = 'done'
        AND others.started_at > said.published_at AND others.finished_at < poison.finished_at"""
    assert ledger.number(meanwhile) >= 20
    ledger.assert_balanced()
