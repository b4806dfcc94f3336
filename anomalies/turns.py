"""One at a time in an organization: who changes what the detectors know."""

from __future__ import annotations

from django.db import connection

LOCK = 7_240_001  # any number: the first key of PostgreSQL's advisory lock for detection


def take_turn(organization_id: int) -> None:
    """Wait until nobody else changes the states; hold them to the transaction's end."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [LOCK, organization_id])
