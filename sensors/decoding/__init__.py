"""From a request's body to readings: JSON, NDJSON and CSV, plain or compressed."""

from __future__ import annotations

from sensors.decoding.batch import Batch, decode_batch

__all__ = ["Batch", "decode_batch"]
