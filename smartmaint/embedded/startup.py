"""`manage.py up`: from nothing to a page that answers, step by step, and back to nothing."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import time
from collections.abc import Callable, Coroutine
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Any

from smartmaint.embedded import processes, servers
from smartmaint.embedded.addresses import socket_dir
from smartmaint.embedded.leftovers import DataDirBusy, end_leftovers, lock
from smartmaint.embedded.servers import ServerFailed
from smartmaint.embedded.supervisor import Supervisor
from smartmaint.environment import env_text

POSTGRES_CHANCES = 6  # its memory may be held by the sessions of a killed predecessor for a moment


class StartFailed(RuntimeError):
    """The product cannot start; the message is one sentence for people."""


@dataclass(frozen=True, kw_only=True)
class Wishes:
    """What the command line asks for. `api_port` None: the one after `port`, or any where that is taken."""

    data_dir: Path
    host: str
    port: int
    api_port: int | None
    demo: bool
    workers: int


def listen(host: str, port: int) -> socket.socket:
    """Return the web server's listening socket.

    Raises:
        StartFailed: the port is taken or not allowed.
    """
    try:
        listening = socket.create_server((host, port), backlog=2048)
    except OSError as error:
        raise StartFailed(
            f"Cannot listen on {host} port {port}: {os.strerror(error.errno or 0)}. "
            "Choose another with --port."
        ) from error
    listening.set_inheritable(True)
    return listening


def listen_for_machines(host: str, port: int | None, beside: int) -> socket.socket:
    """Return the API server's listening socket.

    Raises:
        StartFailed: the port that was asked for is taken or not allowed.
    """
    if port is not None:
        return listen(host, port)
    try:
        return listen(host, beside + 1)
    except StartFailed:
        return listen(host, 0)


async def run(wishes: Wishes, say: Callable[[str], None]) -> None:
    """Start everything, keep it running until a signal asks to stop, and stop everything.

    Raises:
        StartFailed: something could not start; what had started is stopped.
    """
    try:
        with closing(lock(wishes.data_dir)), closing(listen(wishes.host, wishes.port)) as pages:
            port = pages.getsockname()[1]
            with closing(listen_for_machines(wishes.host, wishes.api_port, port)) as machines:
                await Start(wishes, pages, machines, say).run()
    except (DataDirBusy, ServerFailed) as error:
        raise StartFailed(str(error)) from error
    except OSError as error:
        raise StartFailed(f"Cannot use {error.filename or wishes.data_dir}: {error.strerror}.") from error


def wait_for_http(name: str, listening: socket.socket, data_dir: Path, alive: Callable[[], bool]) -> None:
    """Wait until the server behind the socket answers.

    Raises:
        ServerFailed: it ended, or did not answer in time.
    """

    def probe() -> None:
        with closing(HTTPConnection("127.0.0.1", listening.getsockname()[1], timeout=5)) as server:
            server.request("GET", "/health/live")
            server.getresponse()

    servers.wait_for(name, probe, (OSError, HTTPException), alive)


class Start:
    """One run of the product; `run` returns when a signal has asked to stop and everything has stopped."""

    def __init__(
        self, wishes: Wishes, pages: socket.socket, machines: socket.socket, say: Callable[[str], None]
    ) -> None:
        self.wishes, self.pages, self.machines, self.say = wishes, pages, machines, say
        self.url, self.api_url = (f"http://{wishes.host}:{one.getsockname()[1]}" for one in (pages, machines))
        os.environ.setdefault("SMARTMAINT_BASE_URL", self.url)  # links in messages lead here
        self.supervisor = Supervisor(wishes.data_dir, say)
        self.stop = asyncio.Event()

    async def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            asyncio.get_running_loop().add_signal_handler(number, self.stop.set)
        starting, stopping = asyncio.create_task(self.start()), asyncio.create_task(self.stop.wait())
        try:
            await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if starting.done():
                starting.result()
                await stopping
        finally:
            self.say("Stopping.")
            starting.cancel()
            await self.supervisor.close()
            self.say("Stopped: nothing is left running.")

    async def start(self) -> None:
        began = time.perf_counter()
        self.say(f"Smartmaint starts, its data is in {self.wishes.data_dir}")
        await self.servers()
        await self.step("database schema", self.prepare())
        await self.step("web pages and API", self.web())
        await self.step("agents", self.agents())
        self.say(f"Ready in {time.perf_counter() - began:.1f} s: {self.url}/")
        self.announce()

    async def step(self, name: str, work: Coroutine[Any, Any, str]) -> None:
        began = time.perf_counter()
        outcome = await work
        self.say(f"  {name:<20} {outcome:<34} {time.perf_counter() - began:5.1f} s")

    async def servers(self) -> None:
        """Start what no address in the environment replaces."""
        await self.step("data directory", asyncio.to_thread(self.clear))
        if not env_text("DATABASE_URL"):
            await self.step("PostgreSQL", self.postgres())
        if not env_text("REDIS_URL"):
            await self.step("Redis", self.redis())

    def clear(self) -> str:
        ended = end_leftovers(self.wishes.data_dir)
        socket_dir(self.wishes.data_dir).mkdir(mode=0o700, parents=True, exist_ok=True)
        return f"ended {ended} left-over processes" if ended else "locked"

    async def postgres(self) -> str:
        new = not (self.wishes.data_dir / "postgres").exists()
        command = await asyncio.to_thread(servers.prepare_postgres, self.wishes.data_dir)
        await self.supervisor.keep(processes.postgres(command))
        await self.answer("postgres", servers.wait_for_postgres, POSTGRES_CHANCES)
        return "new and ready" if new else "ready"

    async def redis(self) -> str:
        command = servers.prepare_redis(self.wishes.data_dir)
        await self.supervisor.keep(processes.redis(command))
        await self.answer("redis", servers.wait_for_redis)
        return "ready"

    async def prepare(self) -> str:
        if await self.supervisor.run_once(processes.prepare(self.url, self.api_url, demo=self.wishes.demo)):
            raise StartFailed(self.supervisor.reason("prepare").removeprefix("CommandError: "))
        return self.supervisor.lines["prepare"].recent[-1]

    async def web(self) -> str:
        await self.supervisor.keep(processes.web(self.pages.fileno()))
        await self.supervisor.keep(processes.api(self.machines.fileno()))
        await self.answer("web", partial(wait_for_http, "The web server", self.pages))
        await self.answer("api", partial(wait_for_http, "The API server", self.machines))
        return "ready"

    async def answer(
        self, name: str, wait: Callable[[Path, Callable[[], bool]], None], chances: int = 1
    ) -> None:
        """Wait for the process to answer; where it cannot start, say what it said itself."""
        try:
            await asyncio.to_thread(wait, self.wishes.data_dir, lambda: self.supervisor.lives(name, chances))
        except ServerFailed as error:
            reason = self.supervisor.reason(name)
            raise StartFailed(f"{name} did not start: {reason}" if reason else str(error)) from error

    async def agents(self) -> str:
        kept = [processes.command("relay", "relay"), *processes.workers(self.wishes.workers)]
        kept += [processes.training(), *processes.connectors()]
        if self.wishes.demo:
            kept.append(processes.command("plant", "simulate_plant"))
        for each in kept:
            await self.supervisor.keep(each)
        return f"{len(kept)} processes started"

    def announce(self) -> None:
        path = self.wishes.data_dir / "credentials.json"
        credentials = json.loads(path.read_text())
        self.say(f"\n  Sign in to {credentials['organization']!r} as one of")
        for user in credentials["users"]:
            self.say(f"    {user['username']:<12} {user['password']}")
        self.say(
            f"  Machines send to {self.api_url}/api/v1/\n"
            f"  The API token is in {self.wishes.data_dir / 'credentials.json'}. Ctrl-C stops everything.\n"
        )
