"""The embedded MLflow server: `python -m mlops.tracking.process FOLDER SOCKET PARENT`.

It does what `mlflow server` does, in one process instead of two, without its job runners and without telling
anybody of it. No Django here.
"""

from __future__ import annotations

import os
import socket
import sys
from pathlib import Path

from mlops.tied import become_child

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

    config = uvicorn.Config("mlflow.server.fastapi_app:app", log_level="warning", access_log=False)
    uvicorn.Server(config).run(sockets=[listening])


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
