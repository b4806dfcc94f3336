"""The alert websockets. A socket reads the feed from its own position in the database, page by page.

What it sends is never queued in memory: a client that is slower than the feed is waited for, and told to
resync once it is far behind.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import parse_qs

from channels.db import database_sync_to_async
from django.db import DatabaseError

from anomalies.feed import PAGE, News, latest_number, read_news
from anomalies.frames import Show, show_frames, show_rows
from anomalies.nudges import nudges
from smartmaint.accounts.handshakes import (
    Credentials,
    Receive,
    Refused,
    Send,
    deny,
    identify,
    read_credentials,
)
from smartmaint.accounts.scopes import DATA_READ

logger = logging.getLogger(__name__)

LOOK_AGAIN = 3.0  # seconds; a revoked token or ended session closes the socket within 5
PAUSE = 0.05  # seconds between two looks at most, so that a flood becomes few messages
PATIENCE = 30.0  # seconds that a client may leave what was sent unread
FAR_BEHIND = 1000  # entries
LEFT, TRY_AGAIN = 1000, 1013  # close codes; 4401 and 4403 say that the credentials ended


class Ended(Exception):
    """The socket is over, with this close code."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class AlertSocket:
    """One socket: whom it serves, how entries are shown to them, and the position it has read to."""

    def __init__(self, show: Show, credentials: Credentials, receive: Receive, send: Send) -> None:
        self.show, self.credentials, self.receive, self.send = show, credentials, receive, send
        self.organization_id, self.position = 0, 0
        self.caught_up = False
        self.wake = asyncio.Event()

    async def open(self, after: int | None) -> None:
        """Accept. Everything after `after`, or else after this moment, will be sent.

        Raises:
            Refused: the credentials are not good enough.
        """
        self.organization_id, latest = await _in_thread(_look_up, self.credentials)
        self.position = latest if after is None else after
        headers = [(b"x-feed-position", str(latest).encode())]
        protocol = self.credentials.subprotocol
        await self.send({"type": "websocket.accept", "subprotocol": protocol, "headers": headers})

    async def serve(self) -> None:
        """Go on until the client leaves, stops reading, or its credentials end."""
        code = LEFT
        try:
            with nudges().waking(self.organization_id, self.wake):
                async with asyncio.TaskGroup() as tasks:
                    for work in (self.wait_for_end(), self.keep_checking(), self.keep_sending()):
                        tasks.create_task(work)
        except* Ended as group:
            code = max(error.code for error in group.exceptions if isinstance(error, Ended))
        except* DatabaseError as group:
            logger.warning("a live socket lost the database: %s", group.exceptions[0])
            code = TRY_AGAIN
        except* OSError:
            logger.debug("a live socket's client went away while being sent to")
        if code != LEFT:
            await self.close(code)

    async def close(self, code: int) -> None:
        try:
            async with asyncio.timeout(1):
                await self.send({"type": "websocket.close", "code": code})
        except (TimeoutError, OSError):
            logger.debug("a live socket's client does not read; the connection is dropped")

    async def wait_for_end(self) -> None:
        while (await self.receive())["type"] != "websocket.disconnect":
            pass
        raise Ended(LEFT)

    async def keep_checking(self) -> None:
        while True:
            await asyncio.sleep(LOOK_AGAIN)
            try:
                organization_id, _ = await _in_thread(_look_up, self.credentials)
            except Refused as refusal:
                raise Ended(4000 + refusal.status) from refusal
            if organization_id != self.organization_id:
                raise Ended(TRY_AGAIN)
            self.wake.set()

    async def keep_sending(self) -> None:
        while True:
            self.wake.clear()
            while await self.send_page():
                pass
            self.caught_up = True
            await asyncio.sleep(PAUSE)
            await self.wake.wait()

    async def send_page(self) -> bool:
        """Send what follows the position; tell whether there may be more."""
        news, texts = await _in_thread(self.read)
        for text in texts:
            await self.send_text(text)
        if news.gap:
            self.position = news.latest
        elif news.entries:
            self.position = news.entries[-1].seq
        return news.gap or len(news.entries) == PAGE

    def read(self) -> tuple[News, list[str]]:
        most = FAR_BEHIND if self.caught_up else None
        news = read_news(self.organization_id, self.position, most=most)
        return news, self.show(self.organization_id, news)

    async def send_text(self, text: str) -> None:
        try:
            async with asyncio.timeout(PATIENCE):
                await self.send({"type": "websocket.send", "text": text})
        except TimeoutError:
            raise Ended(TRY_AGAIN) from None


def _in_thread(function: Callable[..., Any], *args: Any) -> Awaitable[Any]:
    """Run what asks the database in a thread of its own, so that no socket waits for another."""
    return database_sync_to_async(function, thread_sensitive=False)(*args)


def _look_up(credentials: Credentials) -> tuple[int, int]:
    """Return the caller's organization and the number of its latest entry."""
    organization_id = identify(credentials, DATA_READ).organization.pk
    return organization_id, latest_number(organization_id)


def _after(scope: dict[str, Any]) -> int | None:
    given = parse_qs(scope["query_string"].decode("latin-1")).get("after", [""])[-1]
    if not given:
        return None
    if not (given.isascii() and given.isdigit() and len(given) < 19):
        raise Refused(400, "`after` is the number of the last frame that you have seen.")
    return int(given)


async def _serve(show: Show, scope: dict[str, Any], receive: Receive, send: Send) -> None:
    await receive()
    try:
        socket = AlertSocket(show, read_credentials(scope), receive, send)
        await socket.open(_after(scope))
    except Refused as refusal:
        await deny(scope, receive, send, refusal)
    except DatabaseError as error:
        logger.warning("a live socket cannot open without the database: %s", error)
        await deny(scope, receive, send, Refused(503, "The database is out of reach. Try again soon."))
    else:
        await socket.serve()


async def alert_rows(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """`/ws/alerts/`, for pages."""
    await _serve(show_rows, scope, receive, send)


async def alert_frames(scope: dict[str, Any], receive: Receive, send: Send) -> None:
    """`/ws/v1/alerts/`, for programs."""
    await _serve(show_frames, scope, receive, send)
