"""Which sensors stand behind a model's inputs."""

from __future__ import annotations

import pytest

from anomalies.drifting.sources import sources_of
from mlops.models import Model, ModelVersion
from tests.anomalies.drifting.factories import AT
from tests.sensors.factories import AssetFactory, SensorFactory

pytestmark = pytest.mark.django_db


def version(organization, scope, *names):
    model = Model.objects.create(
        organization=organization, name="m", purpose="failure", scope=scope, created_at=AT
    )
    features = [{"name": name, "kind": "number"} for name in names]
    return ModelVersion.objects.create(model=model, number=1, algorithm="a", created_at=AT, features=features)


def sensor(organization, code, kind, asset_class="pump"):
    asset = AssetFactory(organization=organization, asset_class=asset_class, code=code.partition(".")[0])
    return SensorFactory(organization=organization, asset=asset, code=code, kind=kind)


def test_the_sensors_of_a_class_are_found_by_their_kind(organization, other_organization):
    ours = [sensor(organization, f"P-{number}.v", "vibration") for number in (1, 2)]
    sensor(organization, "F-1.v", "vibration", asset_class="fan")
    sensor(other_organization, "P-9.v", "vibration")
    found = sources_of(version(organization, "asset-class:pump", "vibration: deviation", "age"))
    assert found == {"vibration": ours}


def test_the_second_sensor_of_a_kind_is_told_from_the_first(organization):
    first = sensor(organization, "P-1.a", "vibration")
    second = SensorFactory(organization=organization, asset=first.asset, code="P-1.b", kind="vibration")
    found = sources_of(version(organization, "asset-class:pump", "vibration: now", "vibration 2: now"))
    assert found == {"vibration": [first], "vibration 2": [second]}
    only = sources_of(ModelVersion(model=Model.objects.get(), features=[{"name": "vibration 2: now"}]))
    assert only == {"vibration 2": [second]}


def test_a_model_of_one_sensor_is_given_that_sensor(organization):
    one = sensor(organization, "P-1.flow", "flow")
    assert sources_of(version(organization, f"sensor:{one.pk}")) == {"flow": [one]}


def test_a_word_within_a_word_is_no_source(organization):
    sensor(organization, "P-1.v", "volt")
    assert sources_of(version(organization, "asset-class:pump", "voltage ripple")) == {}
