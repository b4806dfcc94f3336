"""The shared word between apps: a fact in the past tense, with ids and plain values only."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import Any, ClassVar, Self
from uuid import UUID, uuid4

import msgspec
from django.dispatch import Signal

from smartmaint.events.context import current_cause, current_correlation_id

ENVELOPE = frozenset({"organization_id", "event_id", "correlation_id", "caused_by"})
EVENT_TYPES: dict[str, type[Event]] = {}


@dataclass(frozen=True, kw_only=True)
class Event:
    """A fact. Subclass it as a frozen, keyword-only dataclass in an app's `events.py`.

    Each subclass owns a `signal` (sent by the relay, once per event) and a `name`, `<app>.<Class>`.
    """

    organization_id: int
    event_id: UUID = field(default_factory=uuid4)
    correlation_id: UUID = field(default_factory=current_correlation_id)
    caused_by: UUID | None = field(default_factory=current_cause)

    signal: ClassVar[Signal]
    name: ClassVar[str]

    def __init_subclass__(cls) -> None:
        super().__init_subclass__()
        cls.signal = Signal()
        cls.name = f"{cls.__module__.split('.')[-2]}.{cls.__name__}"
        EVENT_TYPES[cls.name] = cls

    def payload(self) -> dict[str, Any]:
        """Return the event's own values, without the envelope, as JSON-ready builtins."""
        own = {f.name: getattr(self, f.name) for f in fields(self) if f.name not in ENVELOPE}
        return msgspec.to_builtins(own)

    @classmethod
    def restore(cls, envelope: dict[str, Any], payload: dict[str, Any]) -> Self:
        """Build the event again from its stored parts.

        Raises:
            msgspec.ValidationError: the payload no longer fits the class.
        """
        return msgspec.convert({**payload, **envelope}, type=cls, strict=False)
