"""Which decoder reads a body, by its headers."""

from __future__ import annotations

from collections.abc import Callable

from django.utils.http import parse_header_parameters
from rest_framework.exceptions import ParseError, UnsupportedMediaType

from sensors.decoding.batch import Batch
from sensors.decoding.compression import decompress
from sensors.decoding.lines import decode_lines
from sensors.decoding.objects import decode_objects
from sensors.decoding.tables import decode_table

BOM = b"\xef\xbb\xbf"
UTF_8 = {"", "utf-8", "utf8", "us-ascii"}
DECODERS: dict[str, Callable[[bytes], Batch]] = {
    "application/json": decode_objects,
    "application/x-ndjson": decode_lines,
    "application/ndjson": decode_lines,
    "application/jsonl": decode_lines,
    "text/csv": decode_table,
}
TAKEN = "Send application/json, application/x-ndjson or text/csv, in UTF-8."


def decode_batch(body: bytes, content_type: str = "application/json", content_encoding: str = "") -> Batch:
    """Decode a body by its headers Content-Type and Content-Encoding; a UTF-8 byte order mark is skipped.

    Raises:
        ParseError: it is not what its headers say.
        PayloadTooLarge: it has more than 10,000 readings, or expands to more than 16 MB.
        UnsupportedMediaType: type, character set or encoding is none that is read here.
    """
    decode = _decoder(content_type)
    text = decompress(body, content_encoding).removeprefix(BOM)
    if b"\x00" in text:
        raise ParseError(f"There is a NUL byte at position {text.index(0)}: this is no UTF-8 text.")
    return decode(text)


def _decoder(content_type: str) -> Callable[[bytes], Batch]:
    media_type, parameters = parse_header_parameters(content_type)
    decode = DECODERS.get(media_type)
    if decode is None or parameters.get("charset", "").lower() not in UTF_8:
        raise UnsupportedMediaType(content_type, TAKEN)
    return decode
