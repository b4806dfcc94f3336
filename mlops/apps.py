from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from mlops.datasets import Dataset, NotEnough


class MLOpsConfig(AppConfig):
    name = "mlops"

    def ready(self) -> None:
        from mlops.datasets import register

        register("classification", _build_table)


def _build_table(organization_id: int, scope: str, at: datetime) -> Dataset | NotEnough:
    """Import numpy only where a table is learnt from."""
    from mlops.tables.building import build

    return build(organization_id, scope, at)
