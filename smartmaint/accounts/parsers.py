"""JSON that PostgreSQL can keep, of a bounded size: what lenient parsers let through is refused."""

from __future__ import annotations

from typing import IO, Any

import msgspec
from django.conf import settings
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import BaseParser


class PayloadTooLarge(APIException):
    status_code = 413
    default_detail = "The body is too large."
    default_code = "content-too-large"


def read_body(stream: IO[bytes]) -> bytes:
    """Return the whole body.

    Raises:
        PayloadTooLarge: it has more than DATA_UPLOAD_MAX_MEMORY_SIZE bytes.
    """
    limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    body = stream.read(limit + 1)
    if len(body) > limit:
        raise PayloadTooLarge(f"The body has more than {limit:,} bytes. Send it in parts.")
    return body


def decode_json(body: bytes) -> Any:
    """Decode UTF-8 JSON strictly: no NaN, no lone surrogates, no NUL, no endless nesting.

    Raises:
        ParseError: with the reason, in words.
    """
    if b"\\u0000" in body or b"\x00" in body:
        raise ParseError("The text contains a NUL character, which cannot be stored.")
    try:
        return msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ParseError(f"This is not valid JSON: {error}") from error
    except RecursionError:
        raise ParseError("The JSON is nested too deeply.") from None


class StrictJSONParser(BaseParser):
    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        body = read_body(stream)
        return decode_json(body) if body else {}


class RawJSONParser(BaseParser):
    """The body's bytes, for a view that decodes them itself."""

    media_type = "application/json"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        return read_body(stream)


class RawParser(BaseParser):
    """The body's bytes whatever their type, for a view that looks at Content-Type itself."""

    media_type = "*/*"

    def parse(self, stream: IO[bytes], media_type: str | None = None, parser_context: Any = None) -> Any:
        return read_body(stream)
