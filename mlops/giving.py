"""Tables that people give: taken in here, looked at by a worker, as pages and the API load no numpy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from rest_framework.exceptions import ErrorDetail

from mlops.asking import ask
from mlops.models import TrainingTable
from mlops.services.tables import discard_table, keep_table, train_on_table
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.parsers import PayloadTooLarge
from smartmaint.accounts.problems import Unprocessable

MOST_BYTES = 16 * 1024 * 1024  # as sent; unpacked see mlops.tables.sheets
PATIENCE = 60.0  # seconds: five million cells take some


class Leaks(Unprocessable):
    """Columns tell the target by themselves; who knows that they are known in time may learn all the same."""

    def __init__(self, warnings: dict[str, str]) -> None:
        super().__init__({"without": [ErrorDetail(text, "leak") for text in warnings.values()]})
        self.warnings = warnings


def check_size(size: int) -> None:
    """Raise PayloadTooLarge where a table may not have so many bytes."""
    if size > MOST_BYTES:
        raise PayloadTooLarge(f"A table may have up to {MOST_BYTES:,} bytes; packed by gzip it takes fewer.")


def check_start(data: bytes) -> None:
    """Raise Unprocessable where the first bytes show that this is no table: no worker need look."""
    from mlops.tables.sheets import BadTable, check_header

    try:
        check_header(data)
    except BadTable as error:
        raise Unprocessable({"file": str(error)}) from error


def receive_table(*, caller: Caller, scope: str, name: str, data: bytes, at: datetime) -> TrainingTable:
    """Take a table in and have a worker look at its columns; a table that cannot be read is not kept.

    Raises:
        Unprocessable: it is no table.
        Unanswered: no worker was there to look.
    """
    organization_id = caller.organization.pk
    table = keep_table(organization_id=organization_id, scope=scope, name=name, data=data, at=at, by=caller)
    try:
        question = {"organization_id": organization_id, "table_id": table.pk}
        ask("mlops.describe_table", question, timeout=PATIENCE)
    except BaseException:
        discard_table(table=table)
        raise
    table.refresh_from_db()
    return table


def learn_from_table(
    *, table: TrainingTable, target: str, without: Sequence[str], accept: bool, at: datetime, by: Caller
) -> TrainingTable:
    """Have a worker check what is to be learnt, and ask for the training. `accept`: whatever it warns of.

    Raises:
        Leaks: a column tells the target by itself, and nobody has accepted that.
        Unprocessable: this cannot be learnt from the table.
        Conflict: a training of its scope is under way.
    """
    _check_names(table, target, without)
    question = {"organization_id": table.organization_id, "table_id": table.pk}
    answer = ask(
        "mlops.check_table", {**question, "target": target, "without": list(without)}, timeout=PATIENCE
    )
    warnings: dict[str, str] = answer["warnings"]
    if warnings and not accept:
        raise Leaks(warnings)
    told = list(warnings.values())
    return train_on_table(table=table, target=target, without=without, warnings=told, at=at, by=by)


def _check_names(table: TrainingTable, target: str, without: Sequence[str]) -> None:
    """Refuse what needs no look into the file."""
    seen = {column["name"]: column for column in table.columns}
    for field, names in (("target", [target]), ("without", without)):
        if missing := [name for name in names if name not in seen]:
            raise Unprocessable({field: f"There is no column {missing[0]!r}; there are {', '.join(seen)}."})
    if not seen[target]["label"]:
        message = (
            f"{target!r} cannot be the target: each cell must be 0 or 1 (or yes or no), and both must occur."
        )
        raise Unprocessable({"target": message})
