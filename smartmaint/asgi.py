"""HTTP by Django, websockets by Channels."""

from __future__ import annotations

import os
from typing import Any

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartmaint.settings")
http = get_asgi_application()

from channels.routing import ProtocolTypeRouter, URLRouter  # noqa: E402
from django.urls import re_path  # noqa: E402

from anomalies.urls import websocket_urlpatterns  # noqa: E402
from smartmaint.accounts.handshakes import Refused, deny  # noqa: E402
from smartmaint.events.connections import answer_in_time  # noqa: E402
from smartmaint.footprint import settle  # noqa: E402

answer_in_time()


async def not_found(scope: Any, receive: Any, send: Any) -> None:
    await receive()
    await deny(scope, receive, send, Refused(404, "There is no live connection at this address."))


sockets = URLRouter([*websocket_urlpatterns, re_path("", not_found)])  # type: ignore[arg-type]
application = ProtocolTypeRouter({"http": http, "websocket": sockets})
settle()
