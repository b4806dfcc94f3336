"""Pages of readings as Parquet. Imports pyarrow: import this module only where it is asked for."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from sensors.transfers.selection import RAW, Page

GROUP = 100_000  # rows
STAMP = pa.timestamp("us", tz="UTC")
TEXT = pa.string()
MEASURED = ("timestamp", "value", "quality")
SUMS = ("timestamp", "avg", "min", "max", "count")
NUMBERS = {"value": pa.float64(), "quality": pa.float64(), "count": pa.int64()}


class Outflow(io.RawIOBase):
    """Takes what is written until somebody takes it away."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []
        self.written = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self.written

    def write(self, piece: bytes) -> int:  # type: ignore[override]
        self.pieces.append(bytes(piece))
        self.written += len(piece)
        return len(piece)

    def take(self) -> bytes:
        taken, self.pieces = b"".join(self.pieces), []
        return taken


def encode_parquet(pages: Iterable[Page], columns: Sequence[str]) -> Iterator[bytes]:
    """Yield a Parquet file, a row group of about 100,000 rows at a time; text stands as it is."""
    schema, flow = _schema(columns), Outflow()
    batches: list[pa.RecordBatch] = []
    with pa.parquet.ParquetWriter(flow, schema, compression="zstd") as writer:
        for page in pages:
            batches.append(_batch(page, columns, schema))
            if sum(batch.num_rows for batch in batches) >= GROUP:
                writer.write_table(pa.Table.from_batches(batches, schema))
                batches = []
                yield flow.take()
        if batches:
            writer.write_table(pa.Table.from_batches(batches, schema))
    yield flow.take()


def _schema(columns: Sequence[str]) -> pa.Schema:
    kinds = {"sensor": TEXT, "asset": TEXT, "unit": TEXT, "timestamp": STAMP, **NUMBERS}
    return pa.schema([(name, kinds.get(name, pa.float64())) for name in columns])


def _batch(page: Page, columns: Sequence[str], schema: pa.Schema) -> pa.RecordBatch:
    source, count = page.source, len(page.rows)
    numbers = (
        ("timestamp", "value", "quality") if columns == RAW else ("timestamp", "avg", "min", "max", "count")
    )
    texts = {"sensor": source.code, "asset": source.asset, "unit": source.unit}
    cells: dict[str, Sequence[Any]] = dict(zip(numbers, zip(*page.rows, strict=True), strict=True))
    cells |= {name: [text] * count for name, text in texts.items()}
    arrays = [pa.array(cells[name], schema.field(name).type) for name in columns]
    return pa.RecordBatch.from_arrays(arrays, schema=schema)
