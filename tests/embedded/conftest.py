from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.stack import Stack


@pytest.fixture(scope="session")
def spare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose data exists and that is not running: for tests that start and stop it."""
    stack = Stack(tmp_path_factory.mktemp("spare") / "data")
    stack.start().stop()
    yield stack
    stack.stop()
