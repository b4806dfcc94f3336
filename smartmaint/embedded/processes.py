"""What makes up the running product beside its servers: each process and its command."""

from __future__ import annotations

import signal
import sys
from dataclasses import replace

from django.conf import settings

from sensors.connectors.config import load_entries
from smartmaint.embedded.servers import ServerCommand
from smartmaint.embedded.supervisor import Kept

PYTHON = sys.executable
AS_ROOT = "ignore:You're running the worker"  # it warns of pickle, which we do not accept
CELERY = [PYTHON, "-W", AS_ROOT, "-m", "celery", "--quiet"]
QUIET = ["--without-gossip", "--without-mingle", "--without-heartbeat"]
SERVER_GRACE = 30.0
LARGEST_CHILD = "150000"  # KiB: after a forecast by Prophet, a fresh process gives its libraries back


def postgres(command: ServerCommand) -> Kept:
    """SIGINT is PostgreSQL's fast shutdown: it ends open sessions instead of waiting for them."""
    return Kept("postgres", command.arguments, signal.SIGINT, SERVER_GRACE, command.user, server=True)


def redis(command: ServerCommand) -> Kept:
    return Kept("redis", command.arguments, grace=SERVER_GRACE, server=True)


def web(listening: int) -> Kept:
    """The ASGI server on an inherited socket: while it restarts, connections wait instead of failing."""
    options = ["--fd", str(listening), "--lifespan", "off", "--no-access-log", "--no-proxy-headers"]
    limits = ["--timeout-graceful-shutdown", "5", "--log-level", "warning"]
    return _project("web", [PYTHON, "-m", "uvicorn", "smartmaint.asgi:application", *options, *limits])


def api(listening: int) -> Kept:
    """The server of machines, on an inherited socket as well."""
    return _project("api", [PYTHON, "-m", "smartmaint.embedded.api_server", "--fd", str(listening)])


def workers(count: int) -> list[Kept]:
    """One Celery node per kind of work, so that slow detection or slow mail holds up nothing else."""
    return [
        _worker("worker-anomalies", ["anomalies"], count),
        _worker("worker-maintenance", ["maintenance", "default"], count),
        _worker("worker-models", ["models", "imports"], count, "--max-memory-per-child", LARGEST_CHILD),
        # Threads: they wait for mail servers.
        _worker("worker-notifications", ["notifications"], count, "-P", "threads"),
    ]


def _worker(name: str, queues: list[str], count: int, *limits: str) -> Kept:
    size = ["-Q", ",".join(queues), "-c", str(count), "-n", f"{name}@%h", "-l", "WARNING", *limits]
    return _project(name, [*CELERY, "-A", "smartmaint", "worker", *size, *QUIET])


def training() -> Kept:
    """The worker that trains, in a process of its own for each training; its thread is the clock.

    The clock's plan is code (`smartmaint.beat`), so it keeps no file that a crash could break.
    """
    size = ["-P", "solo", "-Q", "training", "-n", "worker-training@%h", "-l", "WARNING"]
    return _project("worker-training", [*CELERY, "-A", "smartmaint.training", "worker", *size, *QUIET])


def command(name: str, *arguments: str) -> Kept:
    """A management command that runs for ever."""
    return _project(name, [PYTHON, "manage.py", *arguments])


def connectors() -> list[Kept]:
    """A process for each kind of connection that the connectors' file names; none without a file."""
    kinds = {entry.kind for entry in load_entries(settings.CONNECTORS_FILE)}
    return [command(f"connector-{kind}", "connect", "--kind", kind) for kind in sorted(kinds)]


def prepare(url: str, api_url: str, *, demo: bool) -> Kept:
    """Schema and first-time data, in a process of its own: the supervisor stays small."""
    arguments = ["--url", url, "--api-url", api_url, *(["--demo"] if demo else [])]
    return replace(command("prepare", "prepare", *arguments), server=True)


def _project(name: str, arguments: list[str]) -> Kept:
    return Kept(name, arguments, folder=str(settings.BASE_DIR))
