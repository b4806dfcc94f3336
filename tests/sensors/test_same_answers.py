"""Thirty-one questions about readings, with one answer each on plain PostgreSQL and with TimescaleDB."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from sensors.services import StoreResult
from smartmaint.accounts.models import Organization
from tests.accounts.factories import OrganizationFactory
from tests.emptying import empty_tables
from tests.sensors.answers import ANSWERS
from tests.sensors.storing import store_plant

pytestmark = [pytest.mark.xdist_group("same answers"), pytest.mark.django_db]

FIGURES = ("value", "avg", "min", "max", "count", "reading_count", "first_reading", "last_reading")


@pytest.fixture(scope="module")
def plant(
    django_db_setup: Any, django_db_blocker: Any
) -> Iterator[tuple[Organization, dict[str, StoreResult]]]:
    """Committed, as TimescaleDB refreshes its roll-ups outside of transactions only."""
    with django_db_blocker.unblock():
        try:
            organization = OrganizationFactory()
            yield organization, store_plant(organization)
        finally:
            empty_tables()


@pytest.fixture
def organization(plant: Any) -> Organization:
    """The plant's own, in place of the empty one of other tests."""
    return plant[0]


def ask(api: Any, path: str) -> list[str]:
    """Return a line for each result, all pages together."""
    address, results = f"/api/v1/sensors/{path}", []
    while address:
        answer = api("data:read").get(address).json()
        results += answer["results"]
        address = answer["next"]
    return [_line(row) for row in results]


def _line(row: dict[str, Any]) -> str:
    moment = row.get("timestamp", row["sensor_id"]).removesuffix("+00:00").removesuffix(":00")
    return " ".join(str(part) for part in (moment, *(row[name] for name in FIGURES if name in row)))


@pytest.mark.parametrize("question", ANSWERS)
def test_a_question_has_one_answer_on_every_server(api, question):
    assert ask(api, question) == ANSWERS[question]


def test_what_came_in_was_counted_alike_on_every_server(plant):
    counts = {name: (result.accepted, result.duplicate, result.rejected) for name, result in plant[1].items()}
    assert counts == {
        "new": (432, 0, 0),
        "late": (3, 5, 0),
        "conflict": (0, 0, 1),
        "not rolled up": (1, 0, 0),
    }
