"""A table as a dataset: a quarter of the rows that failed, and of the others, judges.

Which rows, their own content says (a hash in place of a die): the same row falls on the same side in a longer
table of the same kind, but for a few at the edge, so that a champion is not judged on what it has learnt.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import Any

import numpy as np

from mlops.datasets import Dataset, NotEnough
from mlops.predictors import classification
from mlops.predictors.classification import FEWEST_OF_EACH, FEWEST_ROWS, PairForest, Table
from mlops.predictors.pairs import Bools, Floats

HELD_OUT = 0.25
SURELY = 0.001  # no model is surer than that, so that one surprise does not outweigh all else


class OtherInputs(ValueError):
    """A model takes what the table does not have."""


@dataclass(frozen=True)
class Rows:
    """What judges, and the share of failures among what is learnt from."""

    table: Table
    share: float


def split(table: Table, *, seed: int = 0) -> Dataset | NotEnough:
    """Hold a part out; the caller says where the table is from."""
    if lack := _lack(table.failed):
        return NotEnough(lack)
    judges = held_out(table, seed=seed)
    learn, rest = _rows(table, ~judges), _rows(table, judges)
    share = float(learn.failed.mean())
    return Dataset(
        learn=learn,
        held_out=Rows(rest, share),
        judge=judge,
        measure="log loss of each row",
        rows=len(learn.failed),
        features=classification.features_of(learn),
        outputs=({"name": "probability", "kind": "number"},),
        describe=describe,
        naive=_loss(np.full(len(rest.failed), share), rest.failed),
        naive_name="who knows only how often they fail",
        algorithms=(classification.NAME,),
        tags={"domain": "table"},
    )


def _lack(failed: Bools) -> str:
    counts = {"rows": len(failed), "rows that failed": int(failed.sum())}
    counts["rows that did not fail"] = len(failed) - counts["rows that failed"]
    needs = {name: FEWEST_ROWS if name == "rows" else FEWEST_OF_EACH for name in counts}
    return " ".join(
        f"There are {count} {name}; {least} are needed, as a quarter is held out."
        for name, count in counts.items()
        if count < (least := int(np.ceil((needs[name] + 1) / (1 - HELD_OUT))))
    )


def held_out(table: Table, *, seed: int = 0) -> Bools:
    """Tell which rows judge: of each label the quarter with the lowest hashes of their inputs."""
    rows = zip(*(column.tolist() for column in table.columns.values()), strict=True)
    key = str(seed).encode()
    hashes = np.array([blake2b(repr(row).encode(), digest_size=16, key=key).hexdigest() for row in rows])
    chosen = np.zeros(len(hashes), bool)
    for label in (False, True):
        some = np.flatnonzero(table.failed == label)
        order = some[np.argsort(hashes[some], kind="stable")]
        chosen[order[: round(HELD_OUT * len(some))]] = True
    return chosen


def judge(model: PairForest, rows: Rows) -> Floats:
    """Return the log loss of each row; where the model refuses a text, that of who knows only the share."""
    return _loss(_said(model, rows), rows.table.failed)


def describe(model: PairForest, rows: Rows) -> dict[str, Any]:
    """Say how well it tells the held-out rows apart, and how good alarms at a half are."""
    from sklearn.metrics import average_precision_score

    said, failed = _said(model, rows), rows.table.failed
    alarms = said >= 0.5
    hits = int((alarms & failed).sum())
    return {
        "average_precision": float(average_precision_score(failed, said)),
        "brier": float(np.mean((said - failed) ** 2)),
        "precision": hits / max(1, int(alarms.sum())),
        "recall": hits / int(failed.sum()),
        "held_out_rows": len(failed),
        "held_out_failures": int(failed.sum()),
    }


def _said(model: PairForest, rows: Rows) -> Floats:
    columns = rows.table.columns
    for name in model.inputs:
        if name not in columns or (name in model.codes) != (columns[name].dtype.kind == "U"):
            raise OtherInputs(
                f"The model that serves takes {name!r} otherwise than the table has it: "
                "give the table under another scope, such as table:NAME-2."
            )
    codes = [np.isin(columns[name], list(known)) for name, known in model.codes.items()]
    known = np.all([np.ones(len(rows.table.failed), bool), *codes], axis=0)
    said = np.full(len(known), rows.share)
    if known.any():
        said[known] = model.predict({name: columns[name][known] for name in model.inputs})
    return said


def _rows(table: Table, which: Bools) -> Table:
    return Table({name: column[which] for name, column in table.columns.items()}, table.failed[which])


def _loss(said: Floats, failed: Bools) -> Floats:
    likely = np.clip(said, SURELY, 1 - SURELY)
    return np.asarray(-np.log(np.where(failed, likely, 1 - likely)))
