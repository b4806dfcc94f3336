"""The whole product in real processes, for tests that kill, stop and start it.

    with Stack(tmp_path) as stack:
        stack.post("/api/v1/data/ingest", {"sensor_id": "S1", "value": 1.0})
        stack.kill("relay")
        stack.wait_until(lambda: stack.pids("relay"), 10)

The fixture `stack` (tests/servers.py) is one that the whole test run shares. Mark such tests `stack` and
`xdist_group("stack")`, so that they meet the same one.
"""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psutil

from smartmaint.embedded.running import NothingRuns, ask, running_processes

ROOT = Path(__file__).resolve().parent.parent
STARTUP_SECONDS = 300
STOP_SECONDS = 120


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def wait_until(predicate: Callable[[], Any], timeout: float, what: str = "") -> Any:
    """Return the first true answer of `predicate`.

    Raises:
        TimeoutError: there was none within `timeout` seconds.
    """
    deadline = time.monotonic() + timeout
    while not (answer := predicate()):
        if time.monotonic() > deadline:
            raise TimeoutError(what or f"{predicate} was not true within {timeout} s")
        time.sleep(0.05)
    return answer


class Stack:
    """One `manage.py up` in a data directory of its own. `output` holds what it printed since it started."""

    def __init__(self, data_dir: Path, *, options: tuple[str, ...] = (), env: dict[str, str] | None = None):
        self.data_dir = data_dir.resolve()
        self.port = free_port()
        self.options = options
        self.env = self._environment() | (env or {})
        self.log = self.data_dir.parent / f"{self.data_dir.name}.log"
        self.process: subprocess.Popen[bytes] | None = None

    def _environment(self) -> dict[str, str]:
        """The test run's environment without the addresses of its own servers."""
        foreign = {"DATABASE_URL", "REDIS_URL", "DJANGO_SETTINGS_MODULE", "SMARTMAINT_TEST_SERVERS"}
        kept = {name: value for name, value in os.environ.items() if name not in foreign}
        return kept | {
            "SMARTMAINT_DATA_DIR": str(self.data_dir),
            "PYTHONUNBUFFERED": "1",
            "SMARTMAINT_MLFLOW": "0",
        }

    def __enter__(self) -> Stack:
        return self.start()

    def __exit__(self, *error: object) -> None:
        self.stop()

    def launch(self) -> subprocess.Popen[bytes]:
        """Start without waiting."""
        command = [sys.executable, "manage.py", "up", "--port", str(self.port), *self.options]
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                command, cwd=ROOT, env=self.env, stdout=log, stderr=subprocess.STDOUT
            )
        return self.process

    def start(self) -> Stack:
        """Start and wait until pages are served."""
        process = self.launch()

        def answers() -> bool:
            assert process.poll() is None, f"`manage.py up` ended by itself:\n{self.output[-4000:]}"
            return "Ready" in self.output and self.ready()

        try:
            wait_until(answers, STARTUP_SECONDS, "the stack did not start")
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self, number: signal.Signals = signal.SIGTERM) -> int | None:
        """Send the signal once, wait for the end, and return the exit code."""
        if self.process is None:
            return None
        if self.runs:
            self.process.send_signal(number)
        return self.process.wait(STOP_SECONDS)

    @property
    def runs(self) -> bool:
        return self.process is not None and self.process.poll() is None

    @property
    def output(self) -> str:
        return self.log.read_text(errors="replace")

    @property
    def credentials(self) -> dict[str, Any]:
        return json.loads((self.data_dir / "credentials.json").read_text())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.credentials['token']}"}

    def get(self, path: str, **options: Any) -> httpx.Response:
        return httpx.get(self.url + path, headers=self.headers, timeout=60, **options)

    def post(self, path: str, body: Any, **options: Any) -> httpx.Response:
        """Send `body` as JSON with the full-scope token."""
        headers = self.headers | options.pop("headers", {})
        return httpx.post(self.url + path, json=body, headers=headers, timeout=60, **options)

    def ready(self) -> bool:
        try:
            return httpx.get(self.url + "/health/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def manage(self, *arguments: str, timeout: float = 300) -> subprocess.CompletedProcess[str]:
        """Run a management command beside the stack."""
        command = [sys.executable, "manage.py", *arguments]
        return subprocess.run(
            command, cwd=ROOT, env=self.env, capture_output=True, text=True, timeout=timeout, check=False
        )

    def pids(self, name: str = "") -> list[int]:
        """Return the supervised processes of that name (all of them without a name)."""
        try:
            if name:
                return ask(self.data_dir, "list", name=name).get("pids", [])
            return [pid for pids in running_processes(self.data_dir).values() for pid in pids]
        except NothingRuns:
            return []

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Kill the process of that name (postgres, redis, web, relay, worker-*) and return its id."""
        (pid,) = self.pids(name)
        os.kill(pid, number)
        return pid

    @contextmanager
    def without(self, name: str) -> Iterator[None]:
        """Keep the process of that name stopped for a while."""
        ask(self.data_dir, "stop", name=name, waiting=True, timeout=120)
        try:
            yield
        finally:
            ask(self.data_dir, "start", name=name, waiting=True, timeout=120)

    def came_back(self, name: str, killed: int) -> bool:
        return any(pid != killed and psutil.pid_exists(pid) for pid in self.pids(name))

    wait_until = staticmethod(wait_until)

    def family(self) -> list[psutil.Process]:
        """Return every process that the stack started, children of children too."""
        assert self.process
        return psutil.Process(self.process.pid).children(recursive=True)
