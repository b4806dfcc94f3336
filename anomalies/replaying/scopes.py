"""Which machines a replay is about, a group at a time, so that memory stays bounded."""

from __future__ import annotations

from django.db.models import QuerySet

from anomalies.choices import ORGANIZATION, champion_of, read_choices, scope_of_asset
from anomalies.models import Replay
from mlops.models import ModelVersion
from sensors.models import Sensor

GROUP = 100  # sensors, or one asset where it has more


def sensors_in(organization_id: int, scope: str) -> QuerySet[Sensor]:
    """Return the enabled sensors that settings of this scope are about.

    Of the organization these are the ones of assets that follow its settings.
    """
    kind, _, number = scope.partition(":")
    sensors = Sensor.objects.filter(organization=organization_id, enabled=True)
    if kind == ORGANIZATION:
        return sensors.exclude(asset__in=assets_with_own_settings(organization_id))
    return sensors.filter(**{"pk" if kind == "sensor" else "asset": int(number)})


def assets_in(organization_id: int, scope: str) -> list[int]:
    """Return the assets that settings of this scope are about."""
    return sorted(set(sensors_in(organization_id, scope).values_list("asset_id", flat=True)))


def next_group(replay: Replay) -> list[Sensor]:
    """Return the sensors of the next assets after `replay.place`; none where all were heard."""
    rows = (
        sensors_in(replay.organization_id, replay.scope)
        .filter(asset__gt=replay.place)
        .order_by("asset_id", "pk")
    )
    ahead = list(rows.values_list("asset_id", flat=True)[: GROUP + 1])
    if not ahead:
        return []
    last = ahead[-1] - 1 if len(ahead) > GROUP else ahead[-1]
    last = max(last, ahead[0])
    return list(rows.filter(asset__lte=last).select_related("asset__site"))


def assets_with_own_settings(organization_id: int) -> list[int]:
    own = ModelVersion.objects.champions().filter(
        model__organization=organization_id, model__scope__startswith="asset:"
    )
    scopes = set(own.values_list("model__scope", flat=True))
    assets = [int(scope.removeprefix("asset:")) for scope in scopes]
    kept = read_choices(organization_id, assets)
    return [
        asset
        for asset in assets
        if (one := kept.get((scope_of_asset(asset), ModelVersion.Stage.CHAMPION)))
        and champion_of(kept, asset) == one
    ]
