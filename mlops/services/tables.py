"""A table to learn from: kept under its SHA-256, looked at, its target chosen, and remembered."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from django.db import transaction

from mlops import store
from mlops.artifacts import ArtifactRefused
from mlops.models import Model, ModelVersion, TrainingJob, TrainingTable
from mlops.models.registry import Purpose
from mlops.services.stages import Who
from mlops.services.training import request_training
from smartmaint.accounts.models import Organization
from smartmaint.accounts.problems import Conflict, Unprocessable

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
    table = keep_table(organization_id=organization_id, scope=scope, name=name, data=data, at=at, by=by)
    describe_table(table=table)
    warnings = check_table(table=table, target=target, without=without)
    choose_target(table=table, target=target, without=without, warnings=list(warnings.values()))
    return table


@transaction.atomic
def keep_table(
    *, organization_id: int, scope: str, name: str, data: bytes, at: datetime, by: Who
) -> TrainingTable:
    """Keep the file and remember who gave it; nobody has looked into it.

    Raises:
        Unprocessable: the scope is none of a table.
    """
    if not SCOPE.fullmatch(scope):
        raise Unprocessable({"scope": f"A table's scope is such as table:milling, not {scope!r}."})
    return TrainingTable.objects.create(
        organization_id=organization_id,
        scope=scope,
        name=name[:LONGEST],
        sha256=store.keep(data),
        given_at=at,
        actor=(by if isinstance(by, str) else by.name)[:100],
    )


def describe_table(*, table: TrainingTable) -> TrainingTable:
    """Look at each column. For a worker: it loads numpy.

    Raises:
        Unprocessable: it is no table.
    """
    from mlops.tables import looking, sheets

    try:
        table.rows, columns = looking.look(_read(table))
    except sheets.BadTable as error:
        raise Unprocessable({error.field: f"{table.name}: {error}"}) from error
    table.columns = [asdict(column) for column in columns]
    table.save(update_fields=["rows", "columns"])
    return table


def check_table(*, table: TrainingTable, target: str, without: Sequence[str]) -> dict[str, str]:
    """Return what people should look at before this is learnt, by column. For a worker: it takes a while.

    Raises:
        Unprocessable: this cannot be learnt from the table.
    """
    from mlops.tables import leaks, sheets

    try:
        return leaks.leaks_of(sheets.read_table(_read(table), target=target, without=without))
    except sheets.BadTable as error:
        raise Unprocessable({error.field: f"{table.name}: {error}"}) from error


def _read(table: TrainingTable) -> bytes:
    try:
        return store.read(table.sha256)
    except ArtifactRefused as error:
        raise Unprocessable({"file": f"{table.name}: {error} Give the table again."}) from error


@transaction.atomic
def choose_target(
    *, table: TrainingTable, target: str, without: Sequence[str], warnings: Sequence[str]
) -> TrainingTable:
    """Say which column tells who failed, and which are no inputs.

    Raises:
        Unprocessable: models of this scope tell something else.
    """
    if len(target) > LONGEST:
        raise Unprocessable({"target": f"The target's name has more than {LONGEST} letters."})
    same = {"organization": table.organization_id, "scope": table.scope}
    before = TrainingTable.objects.chosen().filter(**same).order_by("given_at", "pk").last()
    models = Model.objects.filter(**same, purpose=Purpose.CLASSIFICATION)
    if before and before.target != target and models.exists():
        message = f"The models of {table.scope} tell {before.target!r}; give this table another scope."
        raise Unprocessable({"target": message})
    table.target, table.without, table.warnings = target, list(without), list(warnings)
    table.save(update_fields=["target", "without", "warnings"])
    return table


@transaction.atomic
def train_on_table(
    *,
    table: TrainingTable,
    target: str,
    without: Sequence[str],
    warnings: Sequence[str],
    at: datetime,
    by: Who,
) -> TrainingTable:
    """Learn this target from the table. One that was learnt from stays as it was: its file is given anew.

    Raises:
        Conflict: a training of its scope is under way.
        Unprocessable: models of this scope tell something else.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=table.organization_id)
    asked: dict[str, Any] = {
        "organization_id": table.organization_id,
        "purpose": Purpose.CLASSIFICATION,
        "scope": table.scope,
    }
    if TrainingJob.objects.open().filter(**asked).exists():
        raise Conflict(f"A training of {table.scope} is under way; wait for its end.")
    _give_anew(table, at, by)
    choose_target(table=table, target=target, without=without, warnings=warnings)
    table.job = request_training(**asked, cause=TrainingJob.Cause.HAND, at=at, by=by)
    table.save(update_fields=["job"])
    return table


def _give_anew(table: TrainingTable, at: datetime, by: Who) -> None:
    if table.target:
        table.pk, table._state.adding, table.job = None, True, None
    table.given_at, table.actor = at, (by if isinstance(by, str) else by.name)[:100]
    table.save()


@transaction.atomic
def discard_table(*, table: TrainingTable) -> None:
    """Forget a table, and its file where nothing else is of the same bytes."""
    table.delete()
    drop_unused([table.sha256])


def drop_unused(sums: Sequence[str]) -> int:
    """Drop the files that no version and no table has any more; return how many there were."""
    versions = ModelVersion.objects.with_artifact().filter(sha256__in=sums)
    tables = TrainingTable.objects.filter(sha256__in=sums, pruned_at=None)
    used = {*versions.values_list("sha256", flat=True), *tables.values_list("sha256", flat=True)}
    return sum(store.drop(one) for one in set(sums) - used)
