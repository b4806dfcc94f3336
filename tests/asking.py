"""Questions to workers, answered at once and in this process, over the real Redis."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from celery import current_app

from mlops import asking


def answer_at_once(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run what is asked instead of sending it to a worker. Return the names of the tasks, as they come."""
    asked: list[str] = []

    def send_task(name: str, args: tuple[Any, ...], **_: Any) -> None:
        asked.append(name)
        current_app.tasks[name](*args)

    monkeypatch.setattr(asking, "current_app", SimpleNamespace(send_task=send_task))
    return asked
