"""Log lines that can be traced: each carries the request's id and the journey's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

from django.utils.module_loading import import_string
from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter


class ContextFilter(logging.Filter):
    """Adds fields to each line. `fields` maps a field to the path of the function that knows its value."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        super().__init__()
        self.fields = fields
        self._known: dict[str, Callable[[], str]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        for field, path in self.fields.items():
            setattr(record, field, self._value(path))
        return True

    def _value(self, path: str) -> str:
        """Import at the first line: logging is configured before the applications are there."""
        if path not in self._known:
            self._known[path] = import_string(path)
        return self._known[path]()


class JsonFormatter(BaseJsonFormatter):
    """One JSON object a line; what a call gives as `extra` becomes fields."""

    def __init__(self) -> None:
        fields = ("levelname", "name", "message", "request_id", "correlation_id", "processName")
        super().__init__(
            "".join(f"{{{field}}}" for field in fields),
            style="{",
            timestamp=True,
            rename_fields={"levelname": "level", "name": "logger", "processName": "process"},
        )


CONTEXT = {
    "()": "smartmaint.observability.logs.ContextFilter",
    "fields": {
        "request_id": "smartmaint.observability.requests.current_request_id",
        "correlation_id": "smartmaint.events.context.named_correlation_id",
    },
}
FORMATTERS = {
    "text": {"format": "%(levelname)s %(name)s [%(request_id)s %(correlation_id)s] %(message)s"},
    "json": {"()": "smartmaint.observability.logs.JsonFormatter"},
}
QUIETER = {
    **{name: {"level": "WARNING"} for name in ("httpx", "uvicorn", "celery", "kombu")},
    "psycopg.pool": {"level": "ERROR"},  # whoever waits for the connection tells
}


def log_settings(*, json: bool, level: str) -> dict[str, Any]:
    """Return Django's LOGGING: one stream of lines, as text or as one JSON object a line."""
    stdout = {
        "class": "logging.StreamHandler",
        "filters": ["context"],
        "formatter": "json" if json else "text",
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"context": CONTEXT},
        "formatters": FORMATTERS,
        "handlers": {"stdout": stdout},
        "root": {"handlers": ["stdout"], "level": level},
        "loggers": QUIETER,
    }
