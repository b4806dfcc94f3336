from __future__ import annotations

from datetime import UTC, datetime
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from sensors.models import Asset, IdempotencyKey, QuarantinedReading, Reading, Sensor, Site
from tests.accounts.factories import OrganizationFactory


class SiteFactory(DjangoModelFactory):
    class Meta:
        model = Site

    organization = factory.SubFactory(OrganizationFactory)
    code = factory.Sequence(lambda n: f"site-{n}")
    name = factory.LazyAttribute(lambda site: site.code.title())
    timezone = "UTC"


class AssetFactory(DjangoModelFactory):
    """Five digits, so that no code is one that a test gives by name, such as P-101."""

    class Meta:
        model = Asset

    organization = factory.SubFactory(OrganizationFactory)
    site = factory.SubFactory(SiteFactory, organization=factory.SelfAttribute("..organization"))
    code = factory.Sequence(lambda n: f"P-{n:05}")
    name = factory.LazyAttribute(lambda asset: f"Pump {asset.code}")
    asset_class = "pump"


class SensorFactory(DjangoModelFactory):
    class Meta:
        model = Sensor

    organization = factory.SubFactory(OrganizationFactory)
    asset = factory.SubFactory(AssetFactory, organization=factory.SelfAttribute("..organization"))
    code = factory.Sequence(lambda n: f"P-{n:05}.vibration")
    kind = "vibration"
    unit = "mm/s"


class ReadingFactory(DjangoModelFactory):
    """A bare row, without its summary; tests that need both send readings through `store_readings`."""

    class Meta:
        model = Reading

    sensor = factory.SubFactory(SensorFactory)
    measured_at = factory.LazyFunction(lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))
    value = 2.0


class QuarantinedReadingFactory(DjangoModelFactory):
    class Meta:
        model = QuarantinedReading

    organization = factory.SubFactory(OrganizationFactory)
    sensor_code = "P-1.vibration"
    payload = factory.LazyFunction(lambda: {"sensor_id": "P-1.vibration", "value": "high"})
    code = "value"
    detail = "Expected a number, got text in `value`."
    correlation_id = factory.LazyFunction(uuid4)
    received_at = factory.LazyFunction(lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))


class IdempotencyKeyFactory(DjangoModelFactory):
    class Meta:
        model = IdempotencyKey

    organization = factory.SubFactory(OrganizationFactory)
    key = factory.Sequence(lambda n: f"key-{n}")
    payload_digest = "0" * 64
    answer = factory.LazyFunction(dict)
    status = 200
    created_at = factory.LazyFunction(lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))
