"""Log lines that can be traced: each carries the request id."""

from __future__ import annotations

import logging

from pythonjsonlogger.json import JsonFormatter as BaseJsonFormatter

from smartmaint.observability.requests import current_request_id


class ContextFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        record.request_id = current_request_id()
        return True


class JsonFormatter(BaseJsonFormatter):
    def __init__(self) -> None:
        super().__init__("{levelname}{name}{message}{request_id}", style="{", timestamp=True)
