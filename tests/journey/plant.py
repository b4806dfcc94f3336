"""A plant for the journey: a pump that ran normally, its team, and a clear fault."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta

import numpy as np
import time_machine

from anomalies.models import Alert
from sensors.incoming import IncomingReading
from sensors.models import Asset, Sensor, Site
from sensors.services import store_readings
from smartmaint.events.testing import drain
from tests.maintenance.factories import working
from tests.sensors.factories import AssetFactory, SensorFactory, SiteFactory

CODE = "P-101.vibration"
MINUTE = timedelta(minutes=1)
FAULT = 9.0
MONDAY = datetime(2026, 3, 2, tzinfo=UTC)
WEEKEND = range(5, 7)
NIGHT = (time(22), time(6))


def normal(count: int) -> list[float]:
    """Return what the pump's vibration is like when nothing is wrong, mm/s."""
    return list(np.random.default_rng(1).normal(2.0, 0.1, count))


def build() -> Asset:
    """Build the pump with its team, and let its normal behaviour be learnt until Sunday night."""
    site = SiteFactory(code="plant", timezone="America/Sao_Paulo", country="BR", subdivision="SP")
    asset = AssetFactory(organization=site.organization, site=site, code="P-101")
    SensorFactory(organization=site.organization, asset=asset, code=CODE)
    working(site, "Ana")
    working(site, "Bruno", days=WEEKEND, hours=NIGHT)
    end = MONDAY - MINUTE
    with time_machine.travel(end, tick=False):
        send(site, normal(700), end, live=True)
        drain()
    return asset


def send(site: Site, values: Sequence[float], at: datetime, *, live: bool = False) -> None:
    """Let the pump send a reading a minute, the last one at `at`."""
    first = at - MINUTE * (len(values) - 1)
    readings = [
        IncomingReading(sensor_id=CODE, value=float(value), timestamp=first + MINUTE * place)
        for place, value in enumerate(values)
    ]
    result = store_readings(organization=site.organization, readings=readings, at=at, live=live)
    assert result.accepted == len(values)


def break_down(asset: Asset, at: datetime) -> Alert:
    """Let the pump run normally for half an hour, then show a clear fault, and let all agents work."""
    with time_machine.travel(at, tick=False):
        send(asset.site, [*normal(30), FAULT, FAULT, FAULT], at)
        drain()
    return Alert.objects.get(asset=asset, cause="abnormal_behaviour", verdict="confirmed")


def has_limit() -> None:
    Sensor.objects.filter(code=CODE).update(upper_limit=7.1)
