"""Labels of the real recordings, and how alerts compare with them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

MACHINE_TEMPERATURE = "realKnownCause/machine_temperature_system_failure.csv"

Window = tuple[datetime, datetime]


def failure_windows(folder: Path, name: str) -> list[Window]:
    """Return the labelled windows of a recording of NAB, read as UTC."""
    labels = json.loads((folder / "NAB/labels/combined_windows.json").read_text())
    return [(_moment(start), _moment(end)) for start, end in labels[name]]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def span(alert: dict[str, Any]) -> Window:
    """Return from when to when the readings showed it, by the readings' own time."""
    return datetime.fromisoformat(alert["started_at"]), datetime.fromisoformat(alert["latest_at"])


def touches(alert: dict[str, Any], window: Window) -> bool:
    started, latest = span(alert)
    return started <= window[1] and latest >= window[0]


def touched(alerts: Iterable[dict[str, Any]], windows: Iterable[Window]) -> list[Window]:
    alerts = list(alerts)
    return [window for window in windows if any(touches(alert, window) for alert in alerts)]


def outside(alerts: Iterable[dict[str, Any]], windows: Iterable[Window]) -> list[dict[str, Any]]:
    windows = list(windows)
    return [alert for alert in alerts if not any(touches(alert, window) for window in windows)]
