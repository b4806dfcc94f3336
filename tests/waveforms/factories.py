from __future__ import annotations

from datetime import UTC, datetime

import factory
import numpy as np
from factory.django import DjangoModelFactory

from sensors.models import Waveform
from sensors.waveforms.keeping import pack
from tests.accounts.factories import OrganizationFactory


class WaveformFactory(DjangoModelFactory):
    """A second of a tone, kept."""

    class Meta:
        model = Waveform

    organization = factory.SubFactory(OrganizationFactory)
    sensor_code = factory.Sequence(lambda n: f"P-{n:05}.acc")
    measured_at = factory.LazyFunction(lambda: datetime(2026, 3, 2, 12, tzinfo=UTC))
    kind = "vibration"
    unit = "g"
    sampling_rate = 1000.0
    sample_count = 1000
    envelope_low = 100.0
    envelope_high = 400.0
    packed = factory.LazyFunction(lambda: pack(np.sin(np.arange(1000))))
