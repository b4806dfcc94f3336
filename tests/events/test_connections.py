"""A database that hangs is given up. The whole product beside one: tests/embedded/test_up_recovers.py."""

from __future__ import annotations

import psycopg
import pytest
from django.db import connection

from smartmaint.events.connections import ImpatientConnection

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
