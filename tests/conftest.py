from __future__ import annotations

import os
from pathlib import Path

import pytest

TEST_DATA = Path(os.environ.get("SMARTMAINT_TEST_DATA", "../shared/data"))


@pytest.fixture(scope="session")
def test_data() -> Path:
    """The folder of real, labelled data."""
    if not TEST_DATA.is_dir():
        pytest.skip(f"no real data: set SMARTMAINT_TEST_DATA (looked in {TEST_DATA})")
    return TEST_DATA
