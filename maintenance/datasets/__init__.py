"""What models of `maintenance` learn from: a module for each purpose, imported where a dataset is built."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from importlib import import_module

from mlops.datasets import Builder, Dataset, NotEnough, register
from mlops.models.registry import Purpose

BUILDERS = {
    Purpose.FAILURE: "maintenance.datasets.failures",
    Purpose.REMAINING_LIFE: "maintenance.datasets.remaining_lives",
}


def register_builders() -> None:
    """Let each purpose's module be asked; it is imported (with numpy) when it first is."""
    for purpose, module in BUILDERS.items():
        register(purpose, _builder(module))


def _builder(module: str) -> Builder:
    def build(organization_id: int, scope: str, at: datetime) -> Dataset | NotEnough:
        asked: Callable[[int, str, datetime], Dataset | NotEnough] = import_module(module).build
        return asked(organization_id, scope, at)

    return build
