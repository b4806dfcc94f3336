from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection

from sensors.connectors import intake as intakes
from sensors.connectors import session
from sensors.models import ConnectorStatus, Reading
from smartmaint.accounts.models import Organization
from tests.connectors.conftest import ask, connected, entry, soon, state
from tests.stack import ROOT, wait_until

pytestmark = pytest.mark.usefixtures("threads", "organization")
WAITS = "SELECT count(*) FROM pg_stat_activity WHERE datname = %s AND wait_event_type = 'Lock'"


def stored(count: int):
    return lambda: Reading.objects.count() >= count


@contextmanager
def administrator(database: str = "postgres") -> Iterator[psycopg.Connection]:
    """A connection of its own, beside Django's."""
    own = connection.get_connection_params()
    wanted = {name: own[name] for name in ("host", "port", "user", "password") if own.get(name)}
    with psycopg.connect(**wanted, dbname=database, autocommit=True) as found:
        yield found


def name_of_database() -> str:
    return connection.settings_dict["NAME"]


@pytest.fixture
def no_database(threads, organization):
    """A span in which the server has ended every connection to the database and takes no new one."""
    connection.close()
    return outage


@contextmanager
def outage() -> Iterator[None]:
    name = name_of_database()
    with administrator() as server:
        server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
        server.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [name])
        try:
            yield
        finally:
            server.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")


async def told(caplog: pytest.LogCaptureFixture, words: str) -> None:
    async with asyncio.timeout(60):
        while words not in caplog.text:
            await asyncio.sleep(0.02)


async def test_while_the_database_is_away_messages_wait_and_none_is_lost(broker, no_database, caplog):
    async with connected(entry(address=broker.address)):
        with no_database():
            await broker.send(*((f"P-1/s{place}", "1") for place in range(50)))
            await told(caplog, "mqtt line: nothing can be stored")
        await soon(stored(50))
        row = await soon(ConnectorStatus.objects.filter(accepted=50, state="connected").first)
    assert "nothing can be stored" in row.last_error


async def test_what_is_dropped_while_too_much_waits_is_asked_for_again(broker, monkeypatch, caplog):
    monkeypatch.setattr(session, "MOST_WAITING", 20)
    monkeypatch.setattr(intakes, "MOST_HELD", 5)
    async with connected(entry(address=broker.address)):
        await ask(lambda: Organization.objects.update(slug="away"))
        await broker.send(*((f"P-1/s{place}", "1") for place in range(60)))
        await told(caplog, "there is no organization acme")
        await ask(lambda: Organization.objects.update(slug="acme"))
        await soon(stored(60))
    assert "more came in than could be stored" in caplog.text


async def test_a_broker_that_restarts_is_found_again_and_has_kept_what_came_meanwhile(broker):
    async with connected(entry(address=broker.address)):
        broker.stop()
        await state("line", "waiting")
        broker.start()
        await state("line", "connected")
        await broker.send(("P-1/flow", "1"))
        await soon(stored(1))


async def test_what_comes_while_nobody_listens_is_delivered_later(broker):
    async with connected(entry(address=broker.address)):
        pass
    await broker.send(("P-1/flow", "1"))
    broker.stop()
    broker.start()
    async with connected(entry(address=broker.address)):
        await soon(stored(1))


@pytest.fixture
def process(broker, tmp_path):
    """Start `manage.py connect` as `up` does; each is killed at the end."""
    started = []
    text = f'[[mqtt]]\nname = "line"\naddress = "{broker.address}"\norganization = "acme"\n'
    (tmp_path / "connectors.toml").write_text(text + 'topic = "{asset}/{sensor}"\n')

    def start() -> subprocess.Popen[bytes]:
        own = connection.settings_dict
        host = own["HOST"].replace("/", "%2F")
        url = f"postgres://{own['USER']}:{own['PASSWORD']}@{host}:{own['PORT']}/{own['NAME']}"
        env = os.environ | {"DATABASE_URL": url, "SMARTMAINT_CONNECTORS": str(tmp_path / "connectors.toml")}
        command = [sys.executable, "manage.py", "connect", "line"]
        started.append(subprocess.Popen(command, cwd=ROOT, env=env))
        return started[-1]

    yield start
    for each in started:
        each.kill()
        each.wait()


async def test_what_a_killed_connector_had_not_committed_is_delivered_again_and_stored_once(broker, process):
    first = process()
    await state("line", "connected")
    with administrator(name_of_database()) as server, administrator() as watcher, server.transaction():
        server.execute("LOCK TABLE sensors_reading IN SHARE MODE")  # the store waits before its commit
        await broker.send(("P-1/flow", '{"value": 7, "timestamp": "2026-03-02T12:00:00Z"}'))
        wait_until(lambda: watcher.execute(WAITS, [name_of_database()]).fetchone()[0], 60)
        first.send_signal(signal.SIGKILL)
        first.wait()
    assert await ask(Reading.objects.count) == 0
    second = process()
    await soon(stored(1), within=60)
    second.send_signal(signal.SIGTERM)
    assert second.wait(60) == 0
    assert await ask(Reading.objects.count) == 1
