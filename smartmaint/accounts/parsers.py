"""JSON that PostgreSQL can keep, of a bounded size: what lenient parsers let through is refused."""

from __future__ import annotations

import json
from typing import IO, Any

import msgspec
from django.conf import settings
from django.http import HttpRequest
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class PayloadTooLarge(APIException):
    status_code = 413
    default_detail = "The body is too large."
    default_code = "content-too-large"


def read_body(request: HttpRequest) -> bytes:
    """Return the whole body of a request, also one that is sent in chunks of unknown length.

    Raises:
        PayloadTooLarge: it has more than DATA_UPLOAD_MAX_MEMORY_SIZE bytes; a body that says so is not read.
        ParseError: it is shorter than its Content-Length.
    """
    announced = _announced_length(request)
    if announced > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
        raise _too_large()
    body = _read_bounded(stream_of(request))
    if len(body) < announced:
        raise ParseError(f"The body ended after {len(body):,} of {announced:,} bytes.")
    return body


def _announced_length(request: HttpRequest) -> int:
    text = request.META.get("CONTENT_LENGTH") or "0"
    if not (text.isascii() and text.isdigit()):
        raise ParseError("Content-Length is no number.")
    return int(text[:20])


def stream_of(request: HttpRequest) -> IO[bytes]:
    """Return where the body is read from: Django takes a WSGI request without a length for an empty one,
    and a server that marks the end of its input may be read to that end."""
    environ = getattr(request, "environ", {})
    if "HTTP_TRANSFER_ENCODING" in request.META and environ.get("wsgi.input_terminated"):
        return environ["wsgi.input"]
    return request  # type: ignore[return-value]


def _read_bounded(stream: IO[bytes]) -> bytes:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    pieces: list[bytes] = []
    size = 0
    while size <= limit and (piece := stream.read(limit + 1 - size)):
        pieces.append(piece)
        size += len(piece)
    if size > limit:
        raise _too_large()
    return b"".join(pieces)


def _too_large() -> PayloadTooLarge:
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    return PayloadTooLarge(f"The body has more than {limit:,} bytes. Send it in parts.")


def decode_json(body: bytes) -> Any:
    """Decode UTF-8 JSON strictly: no NaN, no lone surrogates, no NUL, no endless nesting, no key twice.

    Raises:
        ParseError: with the reason, in words.
    """
    if b"\\u0000" in body or b"\x00" in body:
        raise ParseError("The text contains a NUL character, which cannot be stored.")
    try:
        content = msgspec.json.decode(body)
        json.loads(body, object_pairs_hook=_check_keys, parse_int=str, parse_float=str)
        return content
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(f"This is not valid JSON: {error}") from error
    except RecursionError:
        raise ParseError("The JSON is nested too deeply.") from None


def _check_keys(pairs: list[tuple[str, Any]]) -> None:
    """Refuse an object that names a key twice: parsers differ in which of the values they take."""
    seen: set[str] = set()
    for key, _ in pairs:
        if key in seen:
            raise ParseError(f"The key {key[:100]!r} stands twice in an object.")
        seen.add(key)


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = _read_bounded(stream)
        return decode_json(body) if body else {}
