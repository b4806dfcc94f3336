"""A table to learn from is given: checked, kept under its SHA-256, and remembered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from mlops import store
from mlops.models import Model, TrainingTable
from mlops.models.registry import Purpose
from mlops.services.stages import Who
from smartmaint.accounts.problems import Unprocessable

SCOPE = re.compile(r"table:[\w.-]{1,80}")
LONGEST = 200


@transaction.atomic
def give_table(
    *,
    organization_id: int,
    scope: str,
    name: str,
    data: bytes,
    target: str,
    at: datetime,
    by: Who,
    without: Sequence[str] = (),
) -> TrainingTable:
    """Check the table and keep it; the next training of its scope learns from it, in whatever process.

    Raises:
        Unprocessable: it is no table that can be learnt from, or its scope is about something else.
    """
    _check_scope(organization_id, scope, target)
    rows, warnings = _look(name, data, target, without)
    return TrainingTable.objects.create(
        organization_id=organization_id,
        scope=scope,
        name=name[:LONGEST],
        sha256=store.keep(data),
        target=target,
        without=list(without),
        warnings=warnings,
        rows=rows,
        given_at=at,
        actor=(by if isinstance(by, str) else by.name)[:100],
    )


def _look(name: str, data: bytes, target: str, without: Sequence[str]) -> tuple[int, list[str]]:
    """Return how many rows it has, and what people should look at."""
    from mlops.tables import leaks, sheets  # numpy: not where pages are served

    try:
        table = sheets.read_table(data, target=target, without=without)
    except sheets.BadTable as error:
        raise Unprocessable(f"{name}: {error}") from error
    return len(table.failed), leaks.leaks_of(table)


def _check_scope(organization_id: int, scope: str, target: str) -> None:
    if not SCOPE.fullmatch(scope):
        raise Unprocessable(f"A table's scope is such as table:milling, not {scope!r}.")
    if len(target) > LONGEST:
        raise Unprocessable(f"The target's name has more than {LONGEST} letters.")
    tables = TrainingTable.objects.filter(organization=organization_id, scope=scope)
    before = tables.order_by("given_at", "pk").last()
    models = Model.objects.filter(organization=organization_id, purpose=Purpose.CLASSIFICATION, scope=scope)
    if before and before.target != target and models.exists():
        raise Unprocessable(f"The models of {scope} tell {before.target!r}; give this table another scope.")
