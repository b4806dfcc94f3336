"""What supervised processes leave behind when they die."""

from __future__ import annotations

import asyncio
import sys
import time

from smartmaint.embedded.addresses import socket_dir
from smartmaint.embedded.supervisor import Kept, Supervisor

TALKER = "import os; os.write(1, b'a' * 30_000 + b'\\nthe last word'); os._exit(1)"


async def test_who_dies_is_heard_to_the_end_and_leaves_no_pipe_behind(tmp_path):
    said = []
    socket_dir(tmp_path).mkdir(mode=0o700)
    supervisor = Supervisor(tmp_path, said.append)
    for name in ("one", "two"):
        await supervisor.keep(Kept(name, [sys.executable, "-I", "-S", "-c", TALKER]))
    async with asyncio.timeout(30):
        while supervisor.lives("one", 5) or supervisor.lives("two", 5):
            time.sleep(0.6)  # a busy machine: all at once is due when the loop goes on
            await asyncio.sleep(0.01)
            watchers = [supervisor.arbiter.get_watcher(name) for name in ("one", "two")]
            kept = [pipe for one in watchers for _, _, pipe in one.stream_redirector.pipes.values()]
            assert not any(pipe.closed for pipe in kept)
    assert sum(line.endswith("| the last word") for line in said) >= 10
    await supervisor.close()
    heard = [line for line in said if "aaa" in line]
    assert {len(line) for line in heard} == {30_000 + len("one".ljust(20) + " | ")}
    assert len(heard) >= 10
