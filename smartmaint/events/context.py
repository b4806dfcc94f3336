"""Which journey the code at hand belongs to: the correlation id, and the event that is being heard."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from uuid import UUID, uuid4

_correlation: ContextVar[UUID | None] = ContextVar("correlation", default=None)
_cause: ContextVar[UUID | None] = ContextVar("cause", default=None)


def current_correlation_id() -> UUID:
    """Return the running journey's id, or that of a new one."""
    return _correlation.get() or uuid4()


def named_correlation_id() -> str:
    """Return the running journey's id for a log line; `-` outside any."""
    return str(_correlation.get() or "-")


def current_cause() -> UUID | None:
    return _cause.get()


@contextmanager
def journey(correlation_id: UUID, caused_by: UUID | None = None) -> Iterator[None]:
    """Let every event published inside carry these ids."""
    tokens = _correlation.set(correlation_id), _cause.set(caused_by)
    try:
        yield
    except Exception as error:
        error.add_note(f"In the journey {correlation_id}.")
        raise
    finally:
        _correlation.reset(tokens[0])
        _cause.reset(tokens[1])
