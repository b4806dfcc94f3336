"""How long 10,000 readings take to decode and check: `python -m tests.sensors.decoding.speed`.

Prints the least CPU time of thirty runs, so that a busy machine disturbs it little.
"""

from __future__ import annotations

import gzip
import json
import os
import time

COUNT, RUNS = 10_000, 30


def readings() -> list[dict]:
    return [
        {
            "sensor_id": f"P-{number % 100}.vibration",
            "value": number / 10,
            "timestamp": f"2026-03-02T12:00:00.{number:06}Z",
            "unit": "mm/s",
            "quality": 1.0,
        }
        for number in range(COUNT)
    ]


def bodies() -> dict[str, tuple[bytes, str, str]]:
    rows = readings()
    names = list(rows[0])
    compact = json.dumps(rows, separators=(",", ":")).encode()
    table = "\n".join(
        [",".join(names), *(",".join(str(row[name]) for name in names) for row in rows)]
    ).encode()
    lines = "\n".join(json.dumps(row) for row in rows).encode()
    bad = [{**row, "value": "x"} if number % 100 == 0 else row for number, row in enumerate(rows)]
    tagged = [{**row, "metadata": {"asset": "P-1"}} for row in rows]
    return {
        "JSON": (compact, "application/json", ""),
        "JSON with spaces": (json.dumps(rows).encode(), "application/json", ""),
        "JSON with metadata": (json.dumps(tagged).encode(), "application/json", ""),
        "JSON, 1 % bad": (json.dumps(bad).encode(), "application/json", ""),
        "JSON, gzip": (gzip.compress(compact), "application/json", "gzip"),
        "NDJSON": (lines, "application/x-ndjson", ""),
        "CSV": (table, "text/csv", ""),
        "CSV, gzip": (gzip.compress(table), "text/csv", "gzip"),
    }


def measure(body: bytes, content_type: str, encoding: str) -> float:
    """Return milliseconds of CPU."""
    from sensors.decoding import decode_batch

    spent = []
    for _ in range(RUNS):
        begin = time.process_time()
        decode_batch(body, content_type, encoding)
        spent.append(time.process_time() - begin)
    return min(spent) * 1000


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartmaint.settings_test")
    for name, body in bodies().items():
        print(f"{name:20} {len(body[0]):>10,} bytes {measure(*body):7.1f} ms")
