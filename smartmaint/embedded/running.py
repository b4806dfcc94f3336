"""What runs in a data directory: asked of the supervisor of `manage.py up`, over its private socket."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from circus.client import CircusClient
from circus.exc import CallError

from smartmaint.embedded.addresses import socket_dir

MARK = "SMARTMAINT_SUPERVISED"  # in the environment of every supervised process: its data directory


class NothingRuns(RuntimeError):
    """No `manage.py up` answers for this data directory."""


def endpoint(data_dir: Path) -> str:
    return f"ipc://{socket_dir(data_dir)}/supervisor.sock"


def ask(data_dir: Path, command: str, *, timeout: float = 3.0, **properties: Any) -> dict[str, Any]:
    """Return the supervisor's answer to a circus command, such as `list` or `stop`.

    Raises:
        NothingRuns: no supervisor answers within `timeout` seconds.
    """
    client = CircusClient(endpoint=endpoint(data_dir), timeout=timeout)
    try:
        return client.send_message(command, **properties)
    except CallError as error:
        raise NothingRuns(f"Nothing runs in {data_dir}. Start it with: manage.py up") from error
    finally:
        client.stop()


def running_processes(data_dir: Path) -> dict[str, list[int]]:
    """Return the process ids of each supervised process by its name, without their children.

    Raises:
        NothingRuns: no supervisor answers.
    """
    names = ask(data_dir, "list")["watchers"]
    return {name: ask(data_dir, "list", name=name)["pids"] for name in names}
