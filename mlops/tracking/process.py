"""The embedded MLflow server: `python -m mlops.tracking.process FOLDER SOCKET PARENT`.

It does what `mlflow server` does, in one process instead of two, without its job runners and without telling
anybody of it, for who knows the password of this start. No Django here.
"""

from __future__ import annotations

import base64
import os
import socket
import sys
from collections.abc import Awaitable, Callable
from hmac import compare_digest
from pathlib import Path
from typing import Any

from mlops.tied import become_child

App = Callable[[dict[str, Any], Any, Any], Awaitable[None]]

USER, PASSWORD = "mlflow", "SMARTMAINT_MLFLOW_PASSWORD"  # the name of a variable

SILENCE = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "DO_NOT_TRACK": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
}


def serve(folder: Path, listening: socket.socket) -> None:
    host, port = listening.getsockname()
    names = [f"{name}:{port}" for name in (host, "localhost")]
    os.environ |= SILENCE | {
        "MLFLOW_SERVER_ALLOWED_HOSTS": ",".join(names),
        "MLFLOW_SERVER_CORS_ALLOWED_ORIGINS": ",".join(f"http://{name}" for name in names),
    }
    os.chdir(folder)
    _configure(f"sqlite:///{folder / 'mlflow.db'}", str(folder / "artifacts"))

    import uvicorn
    from mlflow.server.fastapi_app import app

    config = uvicorn.Config(
        guarded(app, os.environ.pop(PASSWORD)), log_level="warning", access_log=False, ws="none"
    )
    uvicorn.Server(config).run(sockets=[listening])


def guarded(app: App, password: str) -> App:
    """Let through who knows the password; anybody may ask whether it lives."""
    known = b"Basic " + base64.b64encode(f"{USER}:{password}".encode())
    asking = [(b"www-authenticate", b'Basic realm="MLflow"'), (b"content-length", b"0")]

    async def guard(scope: dict[str, Any], receive: Any, send: Any) -> None:
        said = dict(scope.get("headers", ())).get(b"authorization", b"")
        if scope["type"] == "http" and scope["path"] != "/health" and not compare_digest(said, known):
            await send({"type": "http.response.start", "status": 401, "headers": asking})
            await send({"type": "http.response.body"})
        else:
            await app(scope, receive, send)

    return guard


def _configure(store: str, artifacts: str) -> None:
    """Say where all is kept, in the words of this release of MLflow, and bring its tables up to date."""
    from mlflow.server import constants
    from mlflow.server.handlers import initialize_backend_stores

    os.environ |= {
        constants.BACKEND_STORE_URI_ENV_VAR: store,
        constants.ARTIFACT_ROOT_ENV_VAR: "mlflow-artifacts:/",
        constants.ARTIFACTS_DESTINATION_ENV_VAR: artifacts,
        constants.SERVE_ARTIFACTS_ENV_VAR: "true",
    }
    initialize_backend_stores(store, store, "mlflow-artifacts:/")


if __name__ == "__main__":
    become_child(int(sys.argv[3]))
    serve(Path(sys.argv[1]), socket.socket(fileno=int(sys.argv[2])))
