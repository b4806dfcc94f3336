"""Parquet in and out. Imports pyarrow: import this module only where there is such a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv
import pyarrow.parquet

from sensors.transfers.tables import SHOWN, Table, Unreadable, name_columns

AT_ONCE = 10_000  # rows
LARGEST_GROUP = 512 * 1024 * 1024  # bytes unpacked of one row group's read columns
LIMITS = {"thrift_string_size_limit": 16 * 1024 * 1024, "thrift_container_size_limit": 1_000_000}


def _open(path: Path) -> pa.parquet.ParquetFile:
    try:
        return pa.parquet.ParquetFile(path, pre_buffer=False, buffer_size=1024 * 1024, **LIMITS)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Unreadable(f"The Parquet file cannot be read: {_first_line(error)}") from None


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0][:300]


def describe_parquet(path: Path) -> Table:
    """Return columns and first rows.

    Raises:
        Unreadable: it is broken, or a row group is too large to be read on its own.
    """
    file = _open(path)
    columns = [
        name for name in file.schema_arrow.names if not pa.types.is_nested(file.schema_arrow.field(name).type)
    ]
    if not columns:
        raise Unreadable("The Parquet file has no column of plain values.")
    for group in range(file.num_row_groups):
        _check_group(file, group)
    rows: list[list[str]] = []
    for batch in _batches(file, columns, SHOWN):
        texts = [_as_text(column).to_pylist() for column in batch.columns]
        rows = [[cell or "" for cell in row] for row in zip(*texts, strict=True)]
        break
    return Table(",", "utf-8", name_columns(columns), rows)


def _check_group(file: pa.parquet.ParquetFile, group: int) -> None:
    size = file.metadata.row_group(group).total_byte_size
    if not 0 <= size <= LARGEST_GROUP:
        raise Unreadable(
            f"Row group {group} unpacks to {size:,} bytes; at most {LARGEST_GROUP:,} can be read. "
            "Write the file with smaller row groups."
        )


def _batches(file: pa.parquet.ParquetFile, columns: Sequence[str], size: int) -> Iterator[Any]:
    try:
        yield from file.iter_batches(batch_size=size, columns=list(columns), use_threads=False)
    except (pa.ArrowException, OSError, ValueError) as error:
        raise Unreadable(f"The Parquet file cannot be read: {_first_line(error)}") from None


def _as_text(column: Any) -> Any:
    """Return the column as text of one line each: times as ISO 8601 in UTC, numbers in full."""
    try:
        text = column.cast(pa.string())
    except pa.ArrowException as error:
        raise Unreadable(f"A column cannot be read as text: {_first_line(error)}") from None
    return pc.replace_substring_regex(text, r"[\r\n]+", " ")


def write_table(path: Path, target: BinaryIO, columns: Sequence[str], most: int) -> None:
    """Write these columns as CSV without a heading.

    Raises:
        Unreadable: it is broken, or its table has more than `most` bytes.
    """
    schema = pa.schema([(name, pa.string()) for name in columns])
    options = pa.csv.WriteOptions(include_header=False, quoting_style="needed")
    with pa.csv.CSVWriter(target, schema, write_options=options) as writer:
        for batch in _batches(_open(path), columns, AT_ONCE):
            texts = {name: _as_text(batch.column(name)) for name in columns}
            writer.write_batch(pa.record_batch(texts, schema=schema))
            if target.tell() > most:
                raise Unreadable(f"The file unpacks to more than {most:,} bytes. Part it.")
