"""Real servers, relays and workers of their own, to be killed and started again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil
import psycopg
import redis

from smartmaint.embedded import servers
from smartmaint.embedded.addresses import database_url, redis_url

ROOT = Path(__file__).resolve().parents[2]
WORKER = ["-m", "celery", "-A", "smartmaint", "worker", "-c", "1", "-Q", "default", "-n"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
COMMANDS = {
    "relay-1": ["manage.py", "relay"],
    "relay-2": ["manage.py", "relay"],
    "worker-1": [*WORKER, "one@ledger", *QUIET],
    "worker-2": [*WORKER, "two@ledger", *QUIET],
}


def wait_until(predicate: Callable[[], Any], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    while not predicate():
        assert time.monotonic() < deadline, f"after {seconds} s: {what}"
        time.sleep(0.05)


STANDSTILL = 120.0  # seconds
OPEN = """SELECT (SELECT count(*) FROM events_eventrecord WHERE relayed_at IS NULL)
    + (SELECT count(*) FROM events_delivery WHERE state IN ('waiting', 'sent', 'running'))"""
STATES = "SELECT agent, state, count(*), max(sends), max(attempts) FROM events_delivery GROUP BY 1, 2"


class Ledger:
    """The processes by name: postgres, redis, relay-1, relay-2, worker-1, worker-2."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir
        self.log = data_dir / "processes.log"
        self.running: dict[str, subprocess.Popen[bytes]] = {}
        foreign = {"DATABASE_URL", "REDIS_URL"}
        self.env = {name: value for name, value in os.environ.items() if name not in foreign} | {
            "SMARTMAINT_DATA_DIR": str(data_dir),
            "DJANGO_SETTINGS_MODULE": "tests.events.ledger_settings",
            "SMARTMAINT_DATABASE_TIMEOUT": "30",  # a crowded machine is not what is tested
        }

    def start_all(self) -> None:
        self.start_server("postgres")
        self.start_server("redis")
        assert self.spawn(["manage.py", "migrate", "--run-syncdb", "-v", "0"]).wait(120) == 0
        for name in COMMANDS:
            self.start(name)

    def start_server(self, name: str) -> None:
        prepare, wait = {
            "postgres": (servers.prepare_postgres, servers.wait_for_postgres),
            "redis": (servers.prepare_redis, servers.wait_for_redis),
        }[name]
        process = self.running[name] = servers.run_server(prepare(self.data_dir))
        wait(self.data_dir, lambda: process.poll() is None)

    def spawn(self, arguments: list[str]) -> subprocess.Popen[bytes]:
        with self.log.open("ab") as log:
            return subprocess.Popen(
                [sys.executable, *arguments], cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT
            )

    def start(self, name: str) -> None:
        self.running[name] = self.spawn(COMMANDS[name])

    def kill(self, name: str, number: int = signal.SIGKILL) -> None:
        """Kill the process itself, or with `worker-1/child` the process in which its tasks run."""
        owner, _, child = name.partition("/")
        process = psutil.Process(self.running[owner].pid)
        if not child:
            process.send_signal(number)
            self.running[owner].wait(120)
            return
        for one in process.children():
            one.send_signal(number)

    def stop_all(self) -> None:
        """Kill what runs: processes first, servers last."""
        for process in reversed(self.running.values()):
            if process.poll() is None:
                children = psutil.Process(process.pid).children(recursive=True)
                process.kill()
                for one in children:
                    with suppress(psutil.NoSuchProcess):
                        one.kill()
            process.wait(120)

    def say(self, count: int, *options: str) -> subprocess.Popen[bytes]:
        """Begin to say numbers, from the first that was not yet said."""
        first = self.number("SELECT coalesce(max(number) + 1, 0) FROM ledger_app_said")
        return self.spawn(["manage.py", "say_numbers", str(count), "--first", str(first), *options])

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        with psycopg.connect(database_url(self.data_dir), autocommit=True) as connection:
            return connection.execute(query).fetchall()

    def number(self, query: str) -> int:
        return int(self.rows(query)[0][0])

    def heard(self) -> int:
        return self.number("SELECT count(*) FROM ledger_app_heard")

    def queue(self) -> redis.Redis:
        return redis.Redis.from_url(redis_url(self.data_dir))

    def wait_until_settled(self) -> None:
        """Wait while the chain moves; it may stand still no longer than the leases take."""
        before, since = -1, 0.0
        while left := self.number(OPEN):
            since, before = time.monotonic() if left != before else since, left
            assert time.monotonic() < since + STANDSTILL, f"{left} events stand still: {self.rows(STATES)}"
            time.sleep(0.1)

    def assert_balanced(self) -> None:
        """When all is settled, compare: every number at both agents, once."""
        self.wait_until_settled()
        said = {number for (number,) in self.rows("SELECT number FROM ledger_app_said")}
        for agent in ("write_down", "batch"):
            heard = [n for (n,) in self.rows(f"SELECT number FROM ledger_app_heard WHERE agent = '{agent}'")]
            assert sorted(heard) == sorted(said), f"{agent} lost or doubled a number"
