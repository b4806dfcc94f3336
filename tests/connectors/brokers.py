"""A real MQTT broker of a test's own, and machines that talk to it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiomqtt import Client, ProtocolVersion

from tests.stack import free_port, wait_until

MOSQUITTO = shutil.which("mosquitto") or "/usr/sbin/mosquitto"


class Broker:
    """mosquitto, with `lines` added to its configuration. It keeps its sessions over a restart."""

    def __init__(self, folder: Path, lines: tuple[str, ...] = ("allow_anonymous true",)) -> None:
        if not Path(MOSQUITTO).is_file():
            pytest.skip("no mosquitto: apt-get install mosquitto")
        self.port = free_port()
        self.config = folder / "mosquitto.conf"
        keeps = ("persistence true", f"persistence_location {folder}/", "max_queued_messages 0", "user root")
        self.config.write_text("\n".join([f"listener {self.port} 127.0.0.1", *keeps, *lines, ""]))
        self.log = folder / "mosquitto.log"
        self.process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        return f"mqtt://127.0.0.1:{self.port}"

    def start(self) -> Broker:
        with self.log.open("ab") as log:
            command = [MOSQUITTO, "-c", str(self.config), "-v"]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        wait_until(self.answers, 60, self.log.read_text())
        return self

    def answers(self) -> bool:
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=1):
            return True
        return False

    def stop(self) -> None:
        if self.process:
            self.process.terminate()
            self.process.wait(60)

    @asynccontextmanager
    async def machine(self, **options: object) -> AsyncIterator[Client]:
        options.setdefault("protocol", ProtocolVersion.V5)
        async with Client("127.0.0.1", self.port, **options) as client:
            yield client

    async def send(self, *messages: tuple[str, str | bytes], retain: bool = False) -> None:
        """Publish topics with their payloads; each is in the broker's hands when this returns."""
        async with self.machine() as client:
            for topic, payload in messages:
                await client.publish(topic, payload, qos=1, retain=retain)
