"""Where streaming models keep what they learnt: many scopes at a time, one statement each way."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from mlops.models import ModelState


@dataclass(frozen=True)
class Kept:
    """The state of one scope, as bytes of plain arrays."""

    state: bytes
    seen_until: datetime | None = None
    expected_by: datetime | None = None
    updated_at: datetime | None = None


def load_states(
    *, organization_id: int, purpose: str, scopes: Iterable[str], version: str
) -> dict[str, Kept]:
    """Return what is kept of these scopes; a scope that another version wrote is left out: it learns anew."""
    rows = ModelState.objects.filter(
        organization=organization_id, purpose=purpose, scope__in=list(scopes), version=version
    )
    values = rows.values_list("scope", "state", "seen_until", "expected_by", "updated_at")
    return {scope: Kept(bytes(state), seen, expected, at) for scope, state, seen, expected, at in values}


def save_states(
    *, organization_id: int, purpose: str, version: str, states: dict[str, Kept], at: datetime
) -> None:
    """Write the states, in the order of their scopes, so that two writers cannot deadlock."""
    ModelState.objects.bulk_create(
        [
            ModelState(
                organization_id=organization_id,
                purpose=purpose,
                scope=scope,
                version=version,
                state=kept.state,
                seen_until=kept.seen_until,
                expected_by=kept.expected_by,
                updated_at=at,
            )
            for scope, kept in sorted(states.items())
        ],
        update_conflicts=True,
        unique_fields=["organization", "purpose", "scope"],
        update_fields=["version", "state", "seen_until", "expected_by", "updated_at"],
    )


def delete_states(*, organization_id: int, purpose: str, scopes: Iterable[str]) -> None:
    """Forget what was learnt of these scopes."""
    rows = ModelState.objects.filter(organization=organization_id, purpose=purpose)
    rows.filter(scope__in=list(scopes)).delete()
