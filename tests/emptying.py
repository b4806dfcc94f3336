"""What a test committed is gone after it, and what leaves rows behind fails itself, not what comes next."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.db import OperationalError, connection
from django.test import TransactionTestCase
from pytest_django.plugin import blocking_manager_key

TRIES = 10
OF_THE_SCHEMA = {"auth_permission", "django_content_type"}  # rows that come with the migrations
LEFT = """SELECT 'organization ' || slug FROM accounts_organization
    UNION ALL SELECT 'user ' || username FROM accounts_user
    UNION ALL SELECT 'event ' || name FROM events_eventrecord LIMIT 10"""


def empty_tables() -> None:
    """Take away every committed row, once all who still write are done.

    PostgreSQL may end this instead of somebody whom it waits for in a circle (a request that a browser began
    and left), and a test may have had its connection ended: it is tried again.
    """
    for _ in range(TRIES - 1):
        try:
            return _truncate()
        except OperationalError:
            connection.close()
    return _truncate()


def _truncate() -> None:
    names = set(connection.introspection.django_table_names(only_existing=True, include_views=False))
    with connection.cursor() as cursor:
        cursor.execute(f"TRUNCATE {', '.join(map(connection.ops.quote_name, sorted(names - OF_THE_SCHEMA)))}")


def left_rows() -> list[str]:
    """Return what stands in the tables that everything else hangs on."""
    with connection.cursor() as cursor:
        cursor.execute(LEFT)
        return [name for (name,) in cursor.fetchall()]


def pytest_configure() -> None:
    """Django's own way also makes every permission anew, takes twice as long, and gives up at a deadlock."""
    TransactionTestCase._fixture_teardown = lambda case: empty_tables()  # type: ignore[method-assign]


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item, nextitem: pytest.Item | None) -> Iterator[None]:
    """Fail the last test of a module that leaves rows behind, not those that meet them later."""
    try:
        yield
    finally:
        ends = nextitem is None or nextitem.path != item.path
        if ends and connection.settings_dict["NAME"].startswith("test_"):
            with item.config.stash[blocking_manager_key].unblock():
                leave_nothing(item.path.name)


def leave_nothing(module: str) -> None:
    connection.close_if_unusable_or_obsolete()
    if left := left_rows():
        empty_tables()
        pytest.fail(f"{module} leaves rows in the database: {', '.join(left)}")
