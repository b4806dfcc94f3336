"""A request that a machine may send twice is followed once; the second gets the first answer."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import connection, transaction

from sensors.models import IdempotencyKey
from smartmaint.accounts.models import Organization
from smartmaint.accounts.problems import Conflict, Unprocessable

KEPT_FOR = timedelta(days=7)


@dataclass(frozen=True)
class Answer:
    """What a request is answered with: an HTTP status and a JSON body."""

    status: int
    body: dict[str, Any]


@transaction.atomic
def answer_once(
    *, organization: Organization, key: str, payload: bytes, at: datetime, act: Callable[[], Answer]
) -> Answer:
    """Return what `act` answers; for a key known already, the first answer, marked as a duplicate.

    The key is kept in the transaction of what `act` does: both are there, or neither.

    Raises:
        Conflict: a request with this key is being followed at this moment.
        Unprocessable: the key was used with another payload.
    """
    if not _lock(organization, key):
        raise Conflict("A request with this Idempotency-Key is still being followed. Ask again in a moment.")
    digest = hashlib.sha256(payload).hexdigest()
    first = IdempotencyKey.objects.filter(organization=organization, key=key).first()
    if first is not None:
        return _repeat(first, digest)
    answer = act()
    IdempotencyKey.objects.create(
        organization=organization,
        key=key,
        payload_digest=digest,
        answer=answer.body,
        status=answer.status,
        created_at=at,
    )
    return answer


def _lock(organization: Organization, key: str) -> bool:
    """Take the key until the transaction ends; False where another transaction has it."""
    digest = hashlib.sha256(f"idempotency {organization.pk} {key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], signed=True)])
        return bool(cursor.fetchone()[0])


def _repeat(first: IdempotencyKey, digest: str) -> Answer:
    if first.payload_digest != digest:
        raise Unprocessable("This Idempotency-Key was used with another payload.")
    return Answer(first.status or 200, {**(first.answer or {}), "status": "duplicate_ignored"})


@transaction.atomic
def prune_keys(*, at: datetime) -> int:
    """Forget keys older than seven days; return how many."""
    return IdempotencyKey.objects.filter(created_at__lt=at - KEPT_FOR).delete()[0]
