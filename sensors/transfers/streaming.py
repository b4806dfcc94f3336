"""A download that is never whole in memory, under WSGI and under ASGI."""

from __future__ import annotations

from collections.abc import AsyncIterator, Generator, Iterator
from typing import Any
from urllib.parse import quote

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import StreamingHttpResponse


def stream_file(
    request: Any, blocks: Iterator[bytes], *, name: str, content_type: str
) -> StreamingHttpResponse:
    """Answer with the blocks as a file to keep, each made only when the one before is sent."""
    plain = getattr(request, "_request", request)
    content = _in_thread(blocks) if isinstance(plain, ASGIRequest) else blocks
    answer = StreamingHttpResponse(content, content_type=content_type)
    answer["Content-Disposition"] = f"attachment; filename*=UTF-8''{quote(name)}"
    answer["X-Content-Type-Options"] = "nosniff"
    answer["Cache-Control"] = "no-store"
    return answer


async def _in_thread(blocks: Iterator[bytes]) -> AsyncIterator[bytes]:
    """Under ASGI Django would gather a plain iterator into a list before it sends anything."""
    take = sync_to_async(lambda: next(blocks, None))
    try:
        while (block := await take()) is not None:
            yield block
    finally:
        if isinstance(blocks, Generator):
            await sync_to_async(blocks.close)()
