"""What a request carries, whatever it is written in."""

from __future__ import annotations

from dataclasses import dataclass

from rest_framework.exceptions import UnsupportedMediaType

from sensors.quality import Item


@dataclass(frozen=True)
class Batch:
    """What a request carries. `single`: one reading, not a list of one."""

    readings: list[Item]
    single: bool


def decode_batch(body: bytes, content_type: str = "application/json", content_encoding: str = "") -> Batch:
    """Decode a body by its headers Content-Type and Content-Encoding.

    Raises:
        ParseError: it is not what its type says.
        UnsupportedMediaType: type, character set or encoding is none that is read here.
    """
    from sensors.decoding.objects import decode_objects

    if content_type.partition(";")[0].strip().lower() != "application/json":
        raise UnsupportedMediaType(content_type)
    if content_encoding not in {"", "identity"}:
        raise UnsupportedMediaType(content_encoding, "Send the body uncompressed.")
    return decode_objects(body)
