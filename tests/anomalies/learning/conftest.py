from __future__ import annotations

import pytest

from smartmaint.accounts.callers import Caller
from tests.accounts.factories import MembershipFactory
from tests.sensors.factories import AssetFactory, SensorFactory


@pytest.fixture
def asset(organization):
    return AssetFactory(organization=organization, code="P-101")


@pytest.fixture
def sensor(asset):
    return SensorFactory(organization=asset.organization, asset=asset)


@pytest.fixture
def caller(organization):
    return Caller.of_membership(MembershipFactory(organization=organization, role="admin"))
