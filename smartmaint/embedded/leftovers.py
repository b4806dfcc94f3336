"""Processes of an earlier `manage.py up` that was killed: two PostgreSQLs must never share their files."""

from __future__ import annotations

import fcntl
import os
import signal
from pathlib import Path
from typing import IO

import psutil

from smartmaint.embedded.running import MARK

PATIENCE = 15.0


class DataDirBusy(RuntimeError):
    """Another `manage.py up` uses this data directory."""


def lock(data_dir: Path) -> IO[str]:
    """Return the open lock file: the lock holds until it is closed, or its process ends however it ends.

    Raises:
        DataDirBusy: another process holds it.
        OSError: the data directory cannot be written.
    """
    data_dir.mkdir(parents=True, exist_ok=True)
    file = (data_dir / "up.lock").open("a+")
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        file.seek(0)
        owner = file.read().strip() or "unknown"
        file.close()
        raise DataDirBusy(f"Another `manage.py up` (process {owner}) uses {data_dir}.") from None
    file.truncate(0)
    file.write(str(os.getpid()))
    file.flush()
    return file


def find_leftovers(data_dir: Path) -> list[psutil.Process]:
    """Return the processes that a supervisor of this data directory started, and their descendants."""
    return [process for process in psutil.process_iter() if _mark(process) == str(data_dir)]


def _mark(process: psutil.Process) -> str | None:
    try:
        return process.environ().get(MARK)
    except (psutil.Error, OSError):
        return None  # another user's, the kernel's, or gone


def end_leftovers(data_dir: Path) -> int:
    """End them, gently and then by force, and return how many there were."""
    leftovers = find_leftovers(data_dir)
    for process in leftovers:
        _send(process, signal.SIGINT)
    _, stubborn = psutil.wait_procs(leftovers, timeout=PATIENCE)
    for process in stubborn:
        _send(process, signal.SIGKILL)
    psutil.wait_procs(stubborn, timeout=PATIENCE)
    return len(leftovers)


def _send(process: psutil.Process, number: signal.Signals) -> None:
    try:
        process.send_signal(number)
    except psutil.NoSuchProcess:
        return
