"""Print how fast the backbone is here: `python -m tests.events.measure` (about a minute).

One relay and two workers with one process each, on servers of their own.
"""

from __future__ import annotations

import tempfile
import time
from pathlib import Path

import psutil

from tests.events.ledger import Ledger

LATENCIES = """SELECT agent, percentile_disc(ARRAY[0.5, 0.9, 0.99]) WITHIN GROUP (ORDER BY waited_ms)
    FROM ledger_app_heard GROUP BY 1 ORDER BY 1 DESC"""
SENT = "SELECT count(*) FROM events_delivery WHERE state <> 'waiting'"
NAMES = {"write_down": "one event, one task", "batch": "batch agent"}


def measure_idle(ledger: Ledger) -> None:
    relay = psutil.Process(ledger.running["relay-1"].pid)
    relay.cpu_percent()
    time.sleep(5)
    print(f"idle relay: {relay.cpu_percent():.1f} % of one core")


def measure_latency(ledger: Ledger) -> None:
    ledger.say(300, "--pause", "0.03").wait()
    ledger.wait_until_settled()
    for agent, (half, most, nearly_all) in ledger.rows(LATENCIES):
        print(f"publish to agent, {NAMES[agent]}: {half:.0f} / {most:.0f} / {nearly_all:.0f} ms (50/90/99 %)")


def measure_relay(ledger: Ledger) -> None:
    """Let events pile up, then start the relay alone; its own limit on what is queued is lifted."""
    for name in ("relay-1", "worker-1", "worker-2"):
        ledger.kill(name)
    ledger.say(5000).wait()
    ledger.env["LEDGER_ENOUGH_QUEUED"] = "1000000"
    ledger.start("relay-1")
    before = ledger.number(SENT)
    while ledger.number(SENT) == before:
        time.sleep(0.05)
    started, before = time.monotonic(), ledger.number(SENT)
    while ledger.number("SELECT count(*) FROM events_eventrecord WHERE relayed_at IS NULL"):
        time.sleep(0.05)
    count = ledger.number(SENT) - before
    print(f"relay: {count / (time.monotonic() - started):.0f} events/s from the outbox to Redis")


def measure_workers(ledger: Ledger) -> None:
    before = ledger.heard()
    ledger.start("worker-1")
    ledger.start("worker-2")
    while ledger.heard() == before:
        time.sleep(0.05)
    started = time.monotonic()
    time.sleep(10)
    rate = (ledger.heard() - before) / (time.monotonic() - started)
    print(f"two workers: {rate:.0f} effects/s, each committed to disk")


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        ledger = Ledger(Path(folder))
        try:
            ledger.start_all()
            ledger.kill("relay-2")
            ledger.say(1).wait()
            ledger.wait_until_settled()
            for measure in (measure_idle, measure_latency, measure_relay, measure_workers):
                measure(ledger)
        finally:
            ledger.stop_all()


if __name__ == "__main__":
    main()
