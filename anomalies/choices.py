"""What people chose for detection: versions of a model of purpose "anomaly", which have no file.

The asset's champion counts, else the organization's, else what the product comes with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from anomalies.detection.wishes import Wish
from mlops.models import ModelVersion

ALGORITHM = "detection-settings-1"
PURPOSE = "anomaly"
ORGANIZATION = "organization"

Stage = ModelVersion.Stage


def scope_of_asset(asset_id: int) -> str:
    return f"asset:{asset_id}"


@dataclass(frozen=True)
class Chosen:
    """A wish, and the version that it is; None: what the product comes with."""

    wish: Wish
    version_id: int | None = None


BUILT_IN = Chosen(Wish())
Kept = Mapping[tuple[str, str], Chosen]  # by scope and stage


def chosen_for(organization_id: int, asset_ids: Sequence[int]) -> dict[int, Chosen]:
    """Return what is chosen for each of these assets now."""
    kept = read_choices(organization_id, asset_ids)
    return {asset: champion_of(kept, asset) for asset in asset_ids}


def read_choices(organization_id: int, asset_ids: Iterable[int]) -> Kept:
    """Return the champions and challengers of the organization and these assets, in one statement."""
    scopes = [ORGANIZATION, *(scope_of_asset(asset) for asset in asset_ids)]
    rows = ModelVersion.objects.filter(
        model__organization=organization_id,
        model__purpose=PURPOSE,
        model__scope__in=scopes,
        algorithm=ALGORITHM,
        stage__in=(Stage.CHAMPION, Stage.CHALLENGER),
    )
    values = rows.values_list("model__scope", "stage", "settings", "pk")
    return {(scope, stage): Chosen(Wish.of(kept), pk) for scope, stage, kept, pk in values}


def champion_of(kept: Kept, asset_id: int) -> Chosen:
    own = kept.get((scope_of_asset(asset_id), Stage.CHAMPION))
    if own and not own.wish.as_organization:
        return own
    return kept.get((ORGANIZATION, Stage.CHAMPION), BUILT_IN)


def challenger_of(kept: Kept, asset_id: int) -> Chosen | None:
    """Return what is on trial for an asset: its own trial, else the organization's where that would count."""
    own = kept.get((scope_of_asset(asset_id), Stage.CHALLENGER))
    if own:
        return None if own.wish.as_organization else own
    champion = kept.get((scope_of_asset(asset_id), Stage.CHAMPION))
    follows = champion is None or champion.wish.as_organization
    return kept.get((ORGANIZATION, Stage.CHALLENGER)) if follows else None
