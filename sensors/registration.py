"""Sites, assets and sensors that come into being: by hand, by a program, or with their first reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db import transaction

from sensors.events import SensorRegistered
from sensors.incoming import IncomingReading
from sensors.models import Asset, Sensor, Site
from sensors.quality import asset_code_of
from smartmaint.accounts.models import Organization
from smartmaint.events.outbox import publish


class CodeTaken(ValueError):
    """Codes are unique within an organization."""


@transaction.atomic
def ensure_site(*, organization: Organization) -> Site:
    """Return the organization's first site, made at first use."""
    site = Site.objects.filter(organization=organization).order_by("pk").first()
    if site is None:
        defaults = {"name": f"{organization.name}: main site"}
        site, _ = Site.objects.get_or_create(organization=organization, code="main", defaults=defaults)
    return site


@transaction.atomic
def ensure_asset(*, organization: Organization, code: str, **values: Any) -> Asset:
    """Return the asset with this code; a new one takes `values` (name, site, parent, asset_class, ...)."""
    defaults = {"name": code, **values}
    if "site" not in defaults:
        defaults["site"] = ensure_site(organization=organization)
    return Asset.objects.get_or_create(organization=organization, code=code, defaults=defaults)[0]


@transaction.atomic
def ensure_sensor(*, organization: Organization, code: str, asset: Asset, **values: Any) -> Sensor:
    """Return the sensor with this code; a new one takes `values` (name, kind, unit, limits, ...)."""
    defaults = {"asset": asset, **values}
    return Sensor.objects.get_or_create(organization=organization, code=code, defaults=defaults)[0]


@transaction.atomic
def save_machine(*, row: Site | Asset | Sensor) -> None:
    """Write a new or changed site, asset or sensor; within an organization one after the other, so that two
    changes at once make no ring of assets.

    Raises:
        CodeTaken: another one of the organization has this code.
        ValidationError: a field's value does not fit; the message is by field.
    """
    Organization.objects.select_for_update(no_key=True).get(pk=row.organization_id)
    twins = type(row)._default_manager.filter(organization=row.organization, code=row.code)
    if twins.exclude(pk=row.pk).exists():
        raise CodeTaken(row.code)
    row.full_clean()
    row.save()


@transaction.atomic
def delete_machine(*, row: Site | Asset | Sensor) -> None:
    """Delete a site, asset or sensor; a sensor's readings go with it.

    Raises:
        ProtectedError: others depend on it.
    """
    row.delete()


@transaction.atomic
def register_sensors(
    *, organization: Organization, firsts: Mapping[str, IncomingReading], correlation_id: UUID
) -> None:
    """Register a sensor for each code by its first reading, and the assets that they name.

    An organization's requests do so one after the other, so that each sensor is told of once."""
    Organization.objects.select_for_update(no_key=True).get(pk=organization.pk)
    firsts = _still_unknown(organization, firsts)
    asset_codes = {code: asset_code_of(reading) for code, reading in firsts.items()}
    asset_ids = _ensure_assets(organization, sorted(set(asset_codes.values())))
    Sensor.objects.bulk_create(
        [
            Sensor(
                organization=organization,
                asset_id=asset_ids[asset_codes[code]],
                code=code,
                kind=firsts[code].sensor_type,
                unit=firsts[code].unit,
            )
            for code in firsts
        ],
        ignore_conflicts=True,  # of sensors that an administrator adds at this moment
    )
    _tell_of(organization, firsts, correlation_id)


def _tell_of(organization: Organization, firsts: Mapping[str, IncomingReading], correlation_id: UUID) -> None:
    registered = Sensor.objects.filter(organization=organization, code__in=list(firsts))
    publish(
        *[
            SensorRegistered(
                organization_id=organization.pk,
                correlation_id=firsts[code].correlation_id or correlation_id,
                sensor_id=pk,
            )
            for code, pk in registered.values_list("code", "pk")
        ]
    )


def _still_unknown(
    organization: Organization, firsts: Mapping[str, IncomingReading]
) -> dict[str, IncomingReading]:
    same = Sensor.objects.filter(organization=organization, code__in=list(firsts))
    known = set(same.values_list("code", flat=True))
    return {code: firsts[code] for code in sorted(firsts) if code not in known}


def _ensure_assets(organization: Organization, codes: Sequence[str]) -> dict[str, int]:
    site = ensure_site(organization=organization)
    Asset.objects.bulk_create(
        [Asset(organization=organization, site=site, code=code, name=code) for code in codes],
        ignore_conflicts=True,
    )
    return dict(Asset.objects.filter(organization=organization, code__in=codes).values_list("code", "pk"))
