from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from django.conf import settings
from django.test import override_settings

from tests.stack import wait_until


class LiveServer:
    """The real ASGI application behind a real server, in a thread, on a free port."""

    def __init__(self) -> None:
        config = uvicorn.Config("smartmaint.asgi:application", port=0, log_level="warning", lifespan="off")
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, daemon=True)

    def start(self) -> None:
        started = threading.Event()
        startup = self.server.startup

        async def tell(**values: Any) -> None:
            await startup(**values)
            started.set()

        self.server.startup = tell  # type: ignore[method-assign]
        self.thread.start()
        assert started.wait(60)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(60)
        assert not self.thread.is_alive()

    def settle(self) -> None:
        """Wait until no request or socket of the test is in hand; the test's rows are taken away next."""
        wait_until(lambda: not self.server.server_state.tasks, 60, "the server is still busy")

    @property
    def address(self) -> str:
        _, port = self.server.servers[0].sockets[0].getsockname()
        return f"127.0.0.1:{port}"


@pytest.fixture(scope="module")
def running_server() -> Iterator[LiveServer]:
    mine = os.environ.get("PYTEST_XDIST_WORKER", "")  # organizations of other workers have the same ids
    hosts = {"hosts": [settings.REDIS_URL], "prefix": f"test-live-{mine}"}
    layer = {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": hosts}
    with override_settings(CHANNEL_LAYERS={"default": layer}):
        server = LiveServer()
        server.start()
        yield server
        server.stop()


@pytest.fixture
def server(running_server: LiveServer, transactional_db: Any) -> Iterator[LiveServer]:
    """The server on the test's own committed rows; nudges travel through the real Redis."""
    yield running_server
    running_server.settle()
