from __future__ import annotations

from typing import Any

URL = "/api/v1/data/ingest"
JSON, NDJSON, CSV = "application/json", "application/x-ndjson", "text/csv"


def send(api: Any, body: bytes | str, content_type: str = JSON, **headers: str) -> Any:
    """Send the body to the ingest endpoint and return the answer."""
    return api("data:ingest").post(URL, body, content_type=content_type, headers=headers)
