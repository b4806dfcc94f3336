"""A quick proof, from counting, that a decoder which keeps the last of two equal keys dropped nothing.

Decoding a reading with msgspec takes 0.2 µs, looking at each of its keys in Python twenty times that. So keys
are counted in the bytes and in what came of them: where both counts agree, every key stands there once. Where
they do not, or where an odd spelling spoils the count, `sensors.decoding.faults` looks at each reading.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from sensors.incoming import BEST_QUALITY, IncomingReading
from sensors.quality import is_deep

_SPACES = (b" ", b"\n", b"\t", b"\r")


def keys_are_unique(body: bytes, readings: Sequence[IncomingReading], outer: int = 0) -> bool:
    """Return True where the bytes prove that no key was repeated, and no text or nesting needs a look.

    `outer` counts the keys around the readings. False proves nothing.
    """
    metadata = [reading.metadata for reading in readings if reading.metadata is not None]
    if b"\\" in body and (metadata or b"\\u0000" in body):
        return False
    if any(space in body and space + b":" in body for space in _SPACES):
        return False
    if any(is_deep(value) for value in metadata):
        return False
    return body.count(b'":') == outer + _keys_kept(readings) + _keys_within(metadata)


def _keys_kept(readings: Sequence[IncomingReading]) -> int:
    """Count the keys that left a trace: never more than the different keys that were sent.

    A default is the same object in each reading, a value that was sent is an object of its own."""
    return 2 * len(readings) + sum(
        (
            sum([reading.timestamp is not None for reading in readings]),
            sum([reading.sensor_type != "" for reading in readings]),
            sum([reading.unit != "" for reading in readings]),
            sum([reading.quality is not BEST_QUALITY for reading in readings]),
            sum([reading.correlation_id is not None for reading in readings]),
        )
    )


def _keys_within(metadata: list[dict[str, Any]]) -> int:
    """Count the keys of the objects themselves and of all that is in them."""
    return len(metadata) + (msgspec.json.encode(metadata).count(b'":') if metadata else 0)
