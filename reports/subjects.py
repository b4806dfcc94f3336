"""What a model may be chosen for: machines, sensors and classes, as people pick and type them."""

from __future__ import annotations

from anomalies.choices import scope_of_asset
from sensors.models import Asset, Sensor
from smartmaint.accounts.models import Organization

OFFERED = 300  # of each kind; others may be typed
MACHINE, SENSOR, EVERY = "machine ", "sensor ", "every "


def offered_subjects(organization: Organization) -> list[tuple[str, str]]:
    """Return what can be picked, with its name: ("machine P-101", "Feed pump")."""
    assets = Asset.objects.filter(organization=organization).order_by("code")
    sensors = Sensor.objects.filter(organization=organization).order_by("code")
    classes = assets.exclude(asset_class="").order_by("asset_class").values_list("asset_class", flat=True)
    return [
        *((f"{EVERY}{kind}", "all machines of this class") for kind in classes.distinct()[:OFFERED]),
        *((f"{MACHINE}{one.code}", one.name) for one in assets[:OFFERED]),
        *((f"{SENSOR}{one.code}", one.name or one.kind) for one in sensors[:OFFERED]),
    ]


def subject_of(organization: Organization, said: str) -> str | None:
    """Return the scope of what was picked; None: the organization has no such thing."""
    assets = Asset.objects.filter(organization=organization)
    if said.startswith(EVERY):
        kind = said.removeprefix(EVERY)
        return f"asset-class:{kind}" if kind and assets.filter(asset_class=kind).exists() else None
    if said.startswith(MACHINE):
        asset = assets.filter(code=said.removeprefix(MACHINE)).first()
        return scope_of_asset(asset.pk) if asset else None
    code = said.removeprefix(SENSOR)
    sensor = Sensor.objects.filter(organization=organization, code=code).first()
    return f"sensor:{sensor.pk}" if sensor else None
