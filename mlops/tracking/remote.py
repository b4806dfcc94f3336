"""A version's bytes: from our folder, else from the MLflow server of MLFLOW_TRACKING_URI, checked either way.

Plain HTTP: any worker may ask, none of them loads MLflow for it.
"""

from __future__ import annotations

import base64
import os
from urllib.error import URLError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from django.conf import settings

from mlops import store
from mlops.artifacts import MOST_BYTES, ArtifactRefused, digest
from mlops.models import ModelVersion
from mlops.store import ArtifactMissing

PATIENCE = 20.0  # seconds
PATH = "model/model.zip"


def read_file(version: ModelVersion) -> bytes:
    """Return the version's bytes, whole; a missing file is fetched and kept.

    Raises:
        ArtifactMissing: it is neither here nor there.
        ArtifactRefused: the bytes are not those that were registered.
    """
    try:
        return store.read(version.sha256)
    except ArtifactMissing:
        if not (settings.MLFLOW_TRACKING_URI.startswith("http") and version.tracking_run):
            raise
    data = _fetch(version)
    if digest(data) != version.sha256:
        raise ArtifactRefused("Its file is missing here, and the one in MLflow is not what was registered.")
    store.keep(data)
    return data


def _fetch(version: ModelVersion) -> bytes:
    query = urlencode({"path": PATH, "run_uuid": version.tracking_run})
    address = f"{settings.MLFLOW_TRACKING_URI.rstrip('/')}/get-artifact?{query}"
    try:
        with urlopen(Request(address, headers=_credentials()), timeout=PATIENCE) as answer:  # noqa: S310
            data: bytes = answer.read(MOST_BYTES + 1)
    except (URLError, OSError) as error:
        raise ArtifactMissing(f"Its file is missing here, and MLflow does not give it: {error}") from error
    return data


def _credentials() -> dict[str, str]:
    """Return the headers that MLflow's own clients send by the same variables."""
    token, user = os.environ.get("MLFLOW_TRACKING_TOKEN"), os.environ.get("MLFLOW_TRACKING_USERNAME")
    if token:
        return {"Authorization": f"Bearer {token}"}
    if not user:
        return {}
    pair = f"{user}:{os.environ.get('MLFLOW_TRACKING_PASSWORD', '')}"
    return {"Authorization": f"Basic {base64.b64encode(pair.encode()).decode()}"}
