"""A pytest plugin (`-p tests.servers`): the test run's own PostgreSQL and Redis, in a folder of its own.

The folder is chosen when this module is imported, before Django reads its settings; the addresses follow
from the folder, so xdist's workers find the servers that the controller started.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from smartmaint.embedded import servers
from tests.stack import Stack

OWNER = "SMARTMAINT_TEST_SERVERS"
if OWNER not in os.environ:
    os.environ[OWNER] = os.environ["SMARTMAINT_DATA_DIR"] = tempfile.mkdtemp(prefix="smartmaint-test-")
    Path(os.environ[OWNER]).chmod(0o755)
    # Another pytest of the same user takes the shared folder's rights away from a running PostgreSQL.
    os.environ["PYTEST_DEBUG_TEMPROOT"] = os.environ[OWNER]

_running: list[subprocess.Popen[bytes]] = []


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    if hasattr(config, "workerinput") or os.environ.get("DATABASE_URL"):
        return
    data_dir = Path(os.environ[OWNER])
    postgres = servers.prepare_postgres(data_dir)
    fast = servers.ServerCommand([*postgres.arguments, "-c", "fsync=off"], postgres.user, postgres.log)
    for command, wait in (
        (fast, servers.wait_for_postgres),
        (servers.prepare_redis(data_dir), servers.wait_for_redis),
    ):
        process = servers.run_server(command)
        _running.append(process)
        wait(data_dir, lambda process=process: process.poll() is None)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    if not _running:
        return
    for process in reversed(_running):
        process.send_signal(signal.SIGINT)  # PostgreSQL: without waiting for its clients
        process.wait(timeout=120)
    _running.clear()
    shutil.rmtree(os.environ[OWNER], ignore_errors=True)


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """The whole product in real processes, shared: mark tests `stack` and `xdist_group("stack")`."""
    with Stack(tmp_path_factory.mktemp("stack") / "data") as running:
        yield running
