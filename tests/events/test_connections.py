"""A database that hangs is given up. The whole product beside one: tests/embedded/test_up_recovers.py."""

from __future__ import annotations

import socket
from tempfile import TemporaryDirectory
from time import monotonic

import psycopg
import pytest
from django.db import connection

from smartmaint.events import connections
from smartmaint.events.connections import ImpatientConnection
from smartmaint.events.doors import Door

pytestmark = pytest.mark.django_db


@pytest.fixture
def impatient():
    parameters = connection.get_connection_params()
    with ImpatientConnection.connect(**parameters, autocommit=True) as one:
        yield one


def test_a_statement_without_an_answer_in_time_is_given_up(impatient):
    impatient.patience = 0.2
    with pytest.raises(psycopg.OperationalError, match=r"no answer in 0\.2 s"):
        impatient.cursor().execute("SELECT pg_sleep(1)")
    assert impatient.closed


def test_an_answer_in_time_is_taken(impatient):
    assert impatient.cursor().execute("SELECT pg_sleep(0.2), 7").fetchone()[1] == 7
    assert impatient.execute("SELECT 7").fetchone() == (7,)


def test_a_slow_statement_may_take_its_time_while_the_server_lives(impatient):
    assert impatient.cursor().execute("SELECT pg_sleep(1.5), 7").fetchone()[1] == 7


@pytest.fixture
def deaf():
    """A server that accepts and says nothing: a stopped PostgreSQL. A socket's path must be short."""
    with TemporaryDirectory(dir="/tmp") as folder, socket.socket(socket.AF_UNIX) as server:
        server.bind(f"{folder}/.s.PGSQL.5432")
        server.listen()
        yield folder


def test_a_statement_on_a_server_that_hangs_is_given_up_in_seconds(impatient, deaf, monkeypatch):
    monkeypatch.setattr(connections, "database_door", door := Door())
    monkeypatch.setattr(door, "answers", lambda *_: Door.answers(door, deaf, 5432))
    began = monotonic()
    with pytest.raises(psycopg.OperationalError, match="the database hangs"):
        impatient.cursor().execute("SELECT pg_sleep(60)")
    assert monotonic() - began < 30
    assert impatient.closed
    assert door.was_shut()


def test_a_door_is_shut_where_nobody_listens_and_open_at_a_server(impatient, tmp_path):
    assert not Door().answers(str(tmp_path), 5432)
    assert not Door().answers("127.0.0.1", 1)
    assert Door().answers(impatient.info.host, impatient.info.port)
