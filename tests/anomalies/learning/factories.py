from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import factory
from factory.django import DjangoModelFactory

from anomalies.choices import ALGORITHM
from anomalies.detection.wishes import Wish
from anomalies.models import Replay, ThresholdStep
from mlops.models import Model, ModelVersion
from tests.accounts.factories import OrganizationFactory
from tests.sensors.factories import AssetFactory

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
WORTH = {"alarms": 3, "known": 1, "caught": 1, "false": 0, "lead": 41.0}


class ReplayFactory(DjangoModelFactory):
    """A replay of calm settings over 30 days that is done."""

    class Meta:
        model = Replay

    organization = factory.SubFactory(OrganizationFactory)
    scope = "organization"
    settings = factory.LazyFunction(Wish().kept)
    days = 30
    since = NOW - timedelta(days=30)
    until = NOW
    state = Replay.State.DONE
    result = factory.LazyFunction(lambda: {"present": WORTH, "proposed": WORTH, "assets": []})
    words = "3 alarms instead of 3"
    correlation_id = factory.LazyFunction(uuid4)
    actor = "Ana"
    asked_at = NOW
    moved_at = NOW


class SettingsFactory(DjangoModelFactory):
    """The model of an asset's settings, each of another asset."""

    class Meta:
        model = Model

    organization = factory.SubFactory(OrganizationFactory)
    name = factory.Sequence(lambda n: f"anomaly-{n}")
    purpose = "anomaly"
    scope = factory.Sequence(lambda n: f"asset:{n}")
    created_at = NOW


class ChallengerFactory(DjangoModelFactory):
    """Settings on trial."""

    class Meta:
        model = ModelVersion

    model = factory.SubFactory(SettingsFactory)
    number = 1
    stage = ModelVersion.Stage.CHALLENGER
    algorithm = ALGORITHM
    settings = factory.LazyFunction(Wish("sensitive").kept)
    created_at = NOW
    actor = "Ana"


class ThresholdStepFactory(DjangoModelFactory):
    class Meta:
        model = ThresholdStep

    asset = factory.SubFactory(AssetFactory)
    organization = factory.SelfAttribute("asset.organization")
    change = 0.2
    reason = "a false alarm, by a technician"
    actor = "Ana"
    at = NOW
