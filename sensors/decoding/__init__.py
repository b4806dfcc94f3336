"""From a request's body to readings: JSON, NDJSON and CSV, plain or compressed."""

from __future__ import annotations

from sensors.decoding.batch import MOST_READINGS, Batch
from sensors.decoding.bodies import decode_batch

__all__ = ["MOST_READINGS", "Batch", "decode_batch"]
