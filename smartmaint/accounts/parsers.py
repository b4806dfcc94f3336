"""JSON that PostgreSQL can keep: what lenient parsers let through is a 400 with the reason."""

from __future__ import annotations

from typing import IO, Any

import msgspec
from rest_framework.exceptions import ParseError
from rest_framework.parsers import BaseParser


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
        body = stream.read()
        return decode_json(body) if body else {}
