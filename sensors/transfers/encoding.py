"""Pages of readings as the bytes of a file: CSV, CSV.gz or Parquet, piece by piece."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime

from sensors.transfers.cells import neutralise
from sensors.transfers.selection import RAW, Page, Source

FORMATS = ("csv", "csv.gz", "parquet")
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "csv.gz": "application/gzip",
    "parquet": "application/vnd.apache.parquet",
}
GZIP_WINDOW = 31
QUOTED = (",", '"', "\n", "\r")

Encode = Callable[[Iterable[Page], Sequence[str]], Iterator[bytes]]


def encode(pages: Iterable[Page], columns: Sequence[str], form: str) -> Iterator[bytes]:
    """Yield a file of this form; `columns` are RAW or SUMMED. A file without readings has its heading."""
    if form == "parquet":
        from sensors.transfers.parquet_writer import encode_parquet  # pyarrow: only where it is asked for

        return encode_parquet(pages, columns)
    texts = encode_csv(pages, columns)
    return _packed(texts) if form == "csv.gz" else texts


def encode_csv(pages: Iterable[Page], columns: Sequence[str]) -> Iterator[bytes]:
    """Yield CSV. Text that a spreadsheet would run has a `'` before it, which an import takes off."""
    yield (",".join(columns) + "\n").encode()
    rows = _raw_lines if columns == RAW else _summed_lines
    for page in pages:
        yield "".join(rows(page)).encode()


def cell(text: str) -> str:
    """Return the text as a cell of CSV: harmless, and in quotes where it must be."""
    text = neutralise(text)
    return '"' + text.replace('"', '""') + '"' if any(sign in text for sign in QUOTED) else text


def stamp(moment: datetime) -> str:
    """Write a moment of UTC as RFC 3339."""
    return moment.isoformat().replace("+00:00", "Z")


def _names(source: Source) -> str:
    return f"{cell(source.code)},{cell(source.asset)}"


def _raw_lines(page: Page) -> Iterator[str]:
    names, unit = _names(page.source), cell(page.source.unit)
    for at, value, quality in page.rows:
        yield f"{names},{stamp(at)},{value!r},{unit},{quality!r}\n"


def _summed_lines(page: Page) -> Iterator[str]:
    names, unit = _names(page.source), cell(page.source.unit)
    for at, mean, least, most, count in page.rows:
        yield f"{names},{stamp(at)},{mean!r},{least!r},{most!r},{count},{unit}\n"


def _packed(texts: Iterable[bytes]) -> Iterator[bytes]:
    packer = zlib.compressobj(level=6, wbits=GZIP_WINDOW)
    for text in texts:
        if packed := packer.compress(text):
            yield packed
    yield packer.flush()
