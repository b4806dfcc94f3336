"""Processes that are kept running until told otherwise: circus, set up for one machine and one product."""

from __future__ import annotations

import asyncio
import inspect
import os
import shlex
import signal
import sys
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from circus.arbiter import Arbiter
from circus.exc import ConflictError
from circus.watcher import Watcher
from tornado.ioloop import IOLoop

from smartmaint.embedded import tied
from smartmaint.embedded.addresses import socket_dir
from smartmaint.embedded.lines import Lines, read_rest
from smartmaint.embedded.running import MARK, endpoint

CHECK_SECONDS = 0.5
LABEL = 20  # characters
PYTHON = shlex.quote(sys.executable)


@dataclass(frozen=True)
class Kept:
    """A process to keep: started again when it ends; stopped by a signal, after `grace` seconds by force.

    A `server` is one that the others need: it stops after them, and its log shows only trouble.
    """

    name: str
    command: list[str]
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 10.0
    user: str | None = None
    folder: str = "/"
    server: bool = False


class Supervisor:
    """Keeps processes, tells of each that dies, and stops them in order."""

    def __init__(self, data_dir: Path, say: Callable[[str], None]) -> None:
        self.data_dir, self.say = data_dir, say
        self.deaths: Counter[str] = Counter()
        self.lines: dict[str, Lines] = {}
        self.kept: dict[str, Kept] = {}
        self.once: dict[str, int | None] = {}
        self.closing = False
        self.arbiter: Arbiter | None = None
        self.environment = os.environ | {
            "SMARTMAINT_DATA_DIR": str(data_dir),
            "PYTHONUNBUFFERED": "1",
            MARK: str(data_dir),
            tied.PARENT: str(os.getpid()),
        }

    async def keep(self, kept: Kept, *, respawn: bool = True) -> None:
        """Start the process; from now on it is started again whenever it ends."""
        arbiter = await self._opened()
        options = self._options(kept) | {"respawn": respawn}
        watcher = await _patiently(lambda: arbiter.add_watcher(kept.name, PYTHON, **options))
        self.kept[kept.name] = kept
        await arbiter.start_watcher(watcher)

    async def run_once(self, task: Kept) -> int:
        """Run the process to its end and return its exit code; its output is remembered, not shown.

        Circus now and then loses an exit code (a process that dies while it counts): the task runs again
        then, so it must bear that.
        """
        self.once[task.name] = None
        await self.keep(task, respawn=False)
        arbiter = await self._opened()
        watcher = arbiter.get_watcher(task.name)
        while (code := self.once[task.name]) is None:
            if watcher.is_stopped():
                await arbiter.start_watcher(watcher)
            await asyncio.sleep(CHECK_SECONDS / 5)
        return code

    async def _opened(self) -> Arbiter:
        if self.arbiter is None:
            private = endpoint(self.data_dir)
            arbiter = Arbiter(
                [],
                private,
                private.replace("supervisor", "supervisor-events"),
                check_delay=CHECK_SECONDS,
                loop=IOLoop.current(),
                proc_name="smartmaint",
            )
            arbiter.ctrl.sys_hdl.stop()  # the signals are heard by whoever runs us
            await arbiter.start()
            self.arbiter = arbiter
        return self.arbiter

    def _options(self, kept: Kept) -> dict[str, Any]:
        lines = self.lines[kept.name] = Lines(kept.name.ljust(LABEL), self.say, quiet=kept.server)
        wrapper = ["-I", "-S", tied.__file__, kept.stop_signal.name, kept.user or "-"]
        return {
            "args": [*wrapper, *kept.command],
            "env": self.environment,
            "working_dir": kept.folder,
            "stop_signal": kept.stop_signal,
            "graceful_timeout": kept.grace,
            "max_retry": -1,
            "use_sockets": True,  # the web process inherits its listening socket
            "stdout_stream": {"stream": lines},
            "stderr_stream": {"stream": lines},
            "hooks": {"before_reap": (self._let_go, True), "after_reap": (self._tell_death, True)},
        }

    def _let_go(self, watcher: Watcher, process_pid: int, **_: Any) -> None:
        """Pass on the rest of what it wrote, and forget its pipes before circus closes them: their numbers go
        to the pipes of others, which could not be listened to then."""
        process, redirector = watcher.processes[process_pid], watcher.stream_redirector
        for name, pipe in redirector.get_process_pipes(process) if redirector else ():
            if not pipe.closed:
                rest = read_rest(pipe) + b"\n"  # nobody will end its last line
                self.lines[watcher.name]({"pid": process_pid, "name": name, "data": rest})
        if redirector:
            redirector.remove_redirections(process)

    def _tell_death(self, watcher: Watcher, exit_code: int | None, **_: Any) -> None:
        if watcher.name in self.once:
            self.once[watcher.name] = exit_code
        if watcher.name in self.once or self.closing:
            return
        self.deaths[watcher.name] += 1
        how = f"was ended by signal {-exit_code}" if exit_code and exit_code < 0 else f"ended ({exit_code})"
        self.say(f"{'up'.ljust(LABEL)} | {watcher.name} {how}, starting it again")

    def lives(self, name: str, chances: int = 1) -> bool:
        """Tell whether the process has not died `chances` times, and nobody wants everything to stop."""
        return not self.closing and self.deaths[name] < chances

    def reason(self, name: str) -> str:
        """Return what the process last said about its trouble."""
        return self.lines[name].reason() if name in self.lines else ""

    async def close(self) -> None:
        """Stop every process within its grace: first those that need the servers, then the servers."""
        self.closing = True
        if self.arbiter is None:
            return
        self.arbiter.ctrl.caller.stop()
        for server in (False, True):
            await self._stop([name for name, kept in self.kept.items() if kept.server is server])
        await self.arbiter.stop()
        for name in ("supervisor.sock", "supervisor-events.sock"):
            (socket_dir(self.data_dir) / name).unlink(missing_ok=True)

    async def _stop(self, names: list[str]) -> None:
        arbiter = await self._opened()
        watchers = [arbiter.get_watcher(name) for name in names]
        await _patiently(lambda: arbiter.stop_watchers(watcher_iter_func=lambda **_: watchers))


async def _patiently(call: Callable[[], Any]) -> Any:
    """Return the answer of circus, which refuses while it is still busy with a restart."""
    while True:
        try:
            answer = call()
            return await answer if inspect.isawaitable(answer) else answer
        except ConflictError:
            await asyncio.sleep(0.05)
