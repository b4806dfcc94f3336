"""Log lines that can be traced: each carries the request's id and the journey's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping

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
