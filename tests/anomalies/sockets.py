"""A program's side of the alert websocket."""

from __future__ import annotations

import json
from typing import Any

from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from anomalies.models import Alert
from anomalies.services import comment_alert
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.models import ApiToken, Organization
from smartmaint.events.testing import drain
from tests.accounts.factories import ApiTokenFactory
from tests.anomalies.conftest import LiveServer
from tests.anomalies.factories import STARTED

FRAMES, ROWS = "/ws/v1/alerts/", "/ws/alerts/"
SECRET = "smt_secret-of-a-program"


def listen(
    server: LiveServer, path: str = FRAMES, *, token: str | None = SECRET, query: str = "", **more: Any
) -> ClientConnection:
    headers = more.pop("headers", {}) | ({"Authorization": f"Bearer {token}"} if token else {})
    address = f"ws://{server.address}{path}?{query}"
    calm = {"open_timeout": 60, "close_timeout": 1, "max_queue": None, "proxy": None}
    return connect(address, additional_headers=headers, **calm | more)


def give_token(organization: Organization, **values: Any) -> ApiToken:
    return ApiTokenFactory(organization=organization, **{"secret": SECRET, **values})


def frame(socket: ClientConnection) -> dict[str, Any]:
    return json.loads(socket.recv(timeout=60))


def close_code(socket: ClientConnection, *, within: float) -> int | None:
    """Read on until the server closes; the answer is its code."""
    try:
        while True:
            socket.recv(timeout=within)
    except ConnectionClosed as closed:
        return closed.rcvd.code if closed.rcvd else None


def remark(alert: Alert, *texts: str) -> None:
    """Change the alert once for each text, and let the change go its way."""
    for text in texts:
        caller = Caller(alert.organization, frozenset(), "tester")
        comment_alert(alert=alert, caller=caller, text=text, at=STARTED)
    drain()
