"""What is seen of a table before anybody says what it is about: its columns, and which may be the label."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mlops.predictors.pairs import Column
from mlops.tables.sheets import NO, YES, BadTable, as_column, read_texts

EXAMPLES = 4
LONGEST = 40  # letters of an example


@dataclass(frozen=True)
class Seen:
    """A column: number or text, how many different cells, the first of them, whether it may be the label.

    `problem` says why it can be no input, `doubt` why it should be none.
    """

    name: str
    kind: str
    different: int
    examples: list[str]
    label: bool
    problem: str = ""
    doubt: str = ""


def look(data: bytes) -> tuple[int, list[Seen]]:
    """Return how many rows the table has, and what is seen of its columns.

    Raises:
        BadTable: it is no table.
    """
    texts = read_texts(data)
    return len(next(iter(texts.values()))), [_seen(name, some) for name, some in texts.items()]


def _seen(name: str, texts: Sequence[str]) -> Seen:
    cells = dict.fromkeys(text.strip() for text in texts)
    said = {cell.lower() for cell in cells}
    examples = [cell[:LONGEST] for cell in list(cells)[:EXAMPLES]]
    label = said <= YES | NO and bool(said & YES) and bool(said & NO)
    try:
        column = as_column(name, texts)
    except BadTable as error:
        return Seen(name, "text", len(cells), examples, label, problem=str(error))
    kind = "number" if column.dtype.kind == "f" else "text"
    return Seen(name, kind, len(cells), examples, label, doubt=_doubt(column))


def _doubt(column: Column) -> str:
    if column.dtype.kind == "f" and len(column) > 1 and bool((np.diff(column) >= 1).all() and _whole(column)):
        return "It counts up from row to row, as numbers of rows do."
    return "All rows have the same." if len(np.unique(column)) == 1 else ""


def _whole(column: Column) -> bool:
    return bool((column == np.round(column)).all())
