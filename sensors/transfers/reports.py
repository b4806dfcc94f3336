"""An import's report to download: what was not stored, and why."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.http import StreamingHttpResponse

from sensors.models import Import, ImportRejection
from sensors.transfers.encoding import cell
from sensors.transfers.streaming import stream_file

PAGE = 5000
FIELDS = ("row", "column", "code", "reason", "text")


def stream_report(request: Any, job: Import) -> StreamingHttpResponse:
    stem = job.name.rpartition(".")[0] or job.name
    name = f"{stem}-report.csv"
    return stream_file(request, report_lines(job), name=name, content_type="text/csv; charset=utf-8")


def report_lines(job: Import) -> Iterator[bytes]:
    """Yield the report as CSV, in the order of the file's chunks and rows."""
    yield (",".join(FIELDS) + "\n").encode()
    last = 0
    while True:
        rows = list(
            ImportRejection.objects.filter(job=job, pk__gt=last)
            .order_by("pk")
            .values_list("pk", *FIELDS)[:PAGE]
        )
        yield "".join(_line(row[1:]) for row in rows).encode()
        if len(rows) < PAGE:
            return
        last = rows[-1][0]


def _line(row: tuple[Any, ...]) -> str:
    return f"{row[0]},{','.join(cell(text) for text in row[1:])}\n"
