"""The MLflow server to talk to: the one that MLFLOW_TRACKING_URI names, else an embedded one for as long as
it is needed. One at a time uses the data directory: who comes second shares it. Its password is made anew at
each start and lies in that directory, which is its owner's only."""

from __future__ import annotations

import fcntl
import os
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from django.conf import settings

from mlops.tracking.process import PASSWORD, SILENCE, USER

PATIENCE = 180.0  # seconds: a busy machine imports MLflow slowly, and its tables are made at the first start
LOOK = 0.1  # seconds
GRACE = 10.0  # seconds


class Unreachable(RuntimeError):
    """MLflow does not answer; the message says which."""


@contextmanager
def tracking_server(port: int = 0) -> Iterator[str]:
    """Give the address of a server that answers; an embedded one ends with the block.

    Raises:
        Unreachable: it does not answer.
    """
    os.environ |= SILENCE
    if settings.MLFLOW_TRACKING_URI:
        yield settings.MLFLOW_TRACKING_URI
        return
    folder = Path(settings.DATA_DIR) / "mlflow"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as lock:
        if _is_mine(lock.fileno()):
            with _embedded(folder, port) as address:
                yield address
        else:
            yield _shared(folder)


def password() -> str:
    """Return the embedded server's password while it runs."""
    return (Path(settings.DATA_DIR) / "mlflow" / "password").read_text()


def _sign_in() -> None:
    """Let MLflow's clients in this process know the embedded server's password."""
    os.environ |= {"MLFLOW_TRACKING_USERNAME": USER, "MLFLOW_TRACKING_PASSWORD": password()}


def _is_mine(lock: int) -> bool:
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


@contextmanager
def _embedded(folder: Path, port: int) -> Iterator[str]:
    with socket.create_server(("127.0.0.1", port)) as listening:
        address = f"http://127.0.0.1:{listening.getsockname()[1]}"
        number = listening.fileno()
        command = [sys.executable, "-m", "mlops.tracking.process", str(folder), str(number), str(os.getpid())]
        (folder / "password").write_text(secrets.token_urlsafe(24))
        known = os.environ | {PASSWORD: password()}
        with (folder / "server.log").open("wb") as log:
            process = subprocess.Popen(  # noqa: S603  (our own command)
                command, cwd=settings.BASE_DIR, pass_fds=[number], stdout=log, stderr=log, env=known
            )
    try:
        _wait(address, process, folder / "server.log")
        _sign_in()
        (folder / "address").write_text(address)
        yield address
    finally:
        (folder / "address").unlink(missing_ok=True)
        _end(process)


def _wait(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while not answers(address):
        if process.poll() is not None or time.monotonic() > deadline:
            said = log.read_text(errors="replace").strip().splitlines()
            raise Unreachable(f"The embedded MLflow did not start: {said[-1] if said else 'no word'}")
        time.sleep(LOOK)


def answers(address: str) -> bool:
    try:
        with urlopen(f"{address}/health", timeout=5) as answer:  # noqa: S310  (our own address)
            return bool(answer.status == 200)
    except (URLError, OSError):
        return False


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(GRACE)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _shared(folder: Path) -> str:
    """Return the address of the server that another process has started, as soon as it answers."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        address = (folder / "address").read_text() if (folder / "address").exists() else ""
        if address and answers(address):
            _sign_in()
            return address
        time.sleep(LOOK)
    raise Unreachable("Another process has the embedded MLflow, and it does not answer.")
