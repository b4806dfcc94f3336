"""The process that serves machines: the API on threads (WSGI), beside the pages' and websockets' process.

    python -m smartmaint.embedded.api_server --fd 7            a listening socket that was inherited
    python -m smartmaint.embedded.api_server --listen 0.0.0.0:8001

Threads, because a request waits for the database and for nothing else: the same views do twice as much as
under ASGI (docs/performance.md). One process, because readings that come in at the same time share a
transaction within it. Proxies named in FORWARDED_ALLOW_IPS are believed who the client is.
"""

from __future__ import annotations

import argparse
import os
import socket
import sys
from collections.abc import Callable
from typing import Any

from granian._granian import SocketHolder
from granian.constants import HTTPModes, Interfaces, Loops
from granian.log import LogLevels
from granian.server.mt import MTServer

from smartmaint.environment import env_int, env_text
from smartmaint.footprint import settle

BACKLOG = 2048
MOST_WAITING = 512  # requests in the process; more wait in the socket's queue


class ThreadedServer(MTServer):
    """Granian's server whose workers are threads, in this process and on an open socket.

    Granian keeps it for Python without a GIL and forks otherwise; forked workers would not share
    transactions, would outlive their killed parent, and would each hold the applications in memory.
    """

    def __init__(self, listening: socket.socket, threads: int) -> None:
        super().__init__(
            "smartmaint",
            interface=Interfaces.WSGI,
            blocking_threads=threads,
            backpressure=MOST_WAITING,
            http=HTTPModes.http1,
            loop=Loops.asyncio,
            log_level=LogLevels.error,
        )
        self.listening = listening

    def _init_shared_socket(self) -> None:
        self._shd = SocketHolder(self.listening.fileno(), False, BACKLOG)  # type: ignore[call-arg, assignment]

    def _check_gil(self) -> None:
        """A GIL is fine: the threads mostly wait."""


def main(arguments: list[str]) -> None:
    options = _parser().parse_args(arguments)
    listening = socket.socket(fileno=options.fd) if options.fd is not None else _listen(options.listen)
    application = load_application()
    settle()
    threads = env_int("SMARTMAINT_API_THREADS", 32)
    ThreadedServer(listening, threads).serve(target_loader=lambda *_: application)


def load_application() -> Callable[..., Any]:
    os.environ["DJANGO_SETTINGS_MODULE"] = "smartmaint.settings_api"
    from django.core.wsgi import get_wsgi_application
    from django.urls import get_resolver
    from granian.utils.proxies import wrap_wsgi_with_proxy_headers

    from smartmaint.events.connections import answer_in_time

    application = get_wsgi_application()
    answer_in_time()
    get_resolver()._populate()  # import the views now: the first requests would queue for it
    proxies = env_text("FORWARDED_ALLOW_IPS")
    return wrap_wsgi_with_proxy_headers(application, proxies) if proxies else application


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=__doc__)
    where = parser.add_mutually_exclusive_group(required=True)
    where.add_argument("--fd", type=int, help="a listening socket that was inherited")
    where.add_argument("--listen", metavar="HOST:PORT")
    return parser


def _listen(address: str) -> socket.socket:
    host, _, port = address.rpartition(":")
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host.strip("[]"), int(port)), family=family, backlog=BACKLOG)


if __name__ == "__main__":
    main(sys.argv[1:])
