"""Content-Encoding, within bounds: what expands without end is stopped at the limit."""

from __future__ import annotations

import gzip
import io
import zlib

from rest_framework.exceptions import ParseError, UnsupportedMediaType

from smartmaint.accounts.parsers import PayloadTooLarge

MOST_EXPANDED = 16 * 1024 * 1024
MOST_MEMBERS = 1000
_MEMBER = b"\x1f\x8b\x08"


def decompress(body: bytes, content_encoding: str) -> bytes:
    """Return the body as it was before its Content-Encoding: none, `identity` or `gzip` (of any members).

    Raises:
        ParseError: it is not gzip, damaged, or ends early.
        PayloadTooLarge: it expands to more than 16 MB; no more than that is held.
        UnsupportedMediaType: the encoding is another one.
    """
    encoding = content_encoding.strip().lower()
    if encoding in {"", "identity"}:
        return body
    if encoding not in {"gzip", "x-gzip"}:
        raise UnsupportedMediaType(content_encoding, "Send the body as it is, or with gzip.")
    if body.count(_MEMBER) > MOST_MEMBERS:
        raise ParseError(f"The gzip data has more than {MOST_MEMBERS:,} members.")
    return _gunzip(body)


def _gunzip(body: bytes) -> bytes:
    if not body:
        raise ParseError("The gzip data is empty.")
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(body)) as file:
            whole = file.read(MOST_EXPANDED + 1)
    except (EOFError, OSError, zlib.error) as error:
        raise ParseError(f"This is not valid gzip: {error}") from error
    if len(whole) > MOST_EXPANDED:
        raise PayloadTooLarge(f"The body expands to more than {MOST_EXPANDED:,} bytes. Send it in parts.")
    return whole
