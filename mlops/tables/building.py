"""The dataset of a table that was given: its file is read from the store, by its SHA-256."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from mlops import store
from mlops.datasets import Dataset, NotEnough
from mlops.models import TrainingTable
from mlops.tables.sheets import read_table
from mlops.tables.splitting import split


def build(organization_id: int, scope: str, at: datetime) -> Dataset | NotEnough:
    """Build the dataset of the table that was given last under this scope, such as table:milling."""
    tables = TrainingTable.objects.chosen().filter(organization=organization_id, scope=scope)
    given = tables.filter(given_at__lte=at).order_by("given_at", "pk").last()
    if given is None:
        return NotEnough(
            f"No table was given for {scope!r}: Models → From a table takes one, and so does manage.py train "
            "classification --scope table:NAME --table FILE --target COLUMN."
        )
    table = read_table(store.read(given.sha256), target=given.target, without=given.without)
    dataset = split(table)
    if isinstance(dataset, NotEnough):
        return dataset
    about = {"table": given.name, "table_sha256": given.sha256, "target": given.target}
    more = {"without": given.without, "warnings": given.warnings}
    return replace(dataset, data_until=given.given_at, settings=about | more)
