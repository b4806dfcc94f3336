"""How much memory the running product takes, shared pages counted once (PSS)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psutil

from smartmaint.embedded.running import running_processes

MEGABYTE = 1_000_000


def stack_memory(data_dir: Path) -> dict[str, tuple[int, float]]:
    """Return (number of processes, their PSS in MB) by name; a process counts with its descendants.

    Raises:
        NothingRuns: no supervisor answers.
    """
    names = {name: pids for name, pids in running_processes(data_dir).items() if pids}
    families = {name: list(_family(pids)) for name, pids in names.items()}
    supervisor = psutil.Process(next(iter(names.values()))[0]).parent()
    if supervisor:
        families["up"] = [supervisor]
    return {name: (len(family), sum(map(_pss, family))) for name, family in families.items()}


def _family(pids: list[int]) -> Iterator[psutil.Process]:
    for pid in pids:
        yield psutil.Process(pid)
        yield from psutil.Process(pid).children(recursive=True)


def _pss(process: psutil.Process) -> float:
    """Return MB; where the system has no PSS (macOS), the memory unique to the process."""
    try:
        memory = process.memory_full_info()
    except psutil.NoSuchProcess:
        return 0.0
    return getattr(memory, "pss", memory.uss) / MEGABYTE
