"""Files of history, and the folder they are kept in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from rest_framework.response import Response

from sensors.models import Import
from smartmaint.events.testing import drain
from tests.conftest import ApiFactory

IMPORTS = "/api/v1/data/imports"
Send = Callable[..., Response]


@pytest.fixture(autouse=True)
def import_dir(settings: Any, tmp_path: Path) -> Path:
    settings.IMPORT_DIR = tmp_path / "imports"
    return settings.IMPORT_DIR


@pytest.fixture
def send(api: ApiFactory) -> Send:
    """Send a file to the API: `send(body, mapping={...}, name="a.csv")`."""

    def send_file(body: str | bytes, *, mapping: Any = None, name: str = "history.csv") -> Response:
        file = SimpleUploadedFile(name, body.encode() if isinstance(body, str) else body)
        form = {"file": file} | ({"mapping": json.dumps(mapping)} if mapping else {})
        return api("data:ingest").post(IMPORTS, form, format="multipart")

    return send_file


@pytest.fixture
def bring(send: Send) -> Callable[..., Import]:
    """Import a file to its end."""

    def bring_file(body: str | bytes, **values: Any) -> Import:
        answer = send(body, **values)
        assert answer.status_code == 202, answer.content
        drain()
        return Import.objects.get(pk=answer.json()["id"])

    return bring_file


def counts(job: Import) -> tuple[int, ...]:
    """Return state and rows, readings, accepted, duplicate, rejected."""
    return (job.state, job.rows, job.readings, job.accepted, job.duplicate, job.rejected)
