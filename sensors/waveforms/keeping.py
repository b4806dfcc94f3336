"""The snippets themselves, so that people see what raised an alert: the newest of each sensor."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import transaction

from sensors.models import Waveform
from smartmaint.accounts.models import Organization

if TYPE_CHECKING:
    from sensors.waveforms.spectra import Signal


def pack(samples: Signal) -> bytes:
    """Return the first samples, as many as are kept, as float32 and compressed."""
    return zlib.compress(samples[: settings.WAVEFORM_MOST_SAMPLES].astype("<f4").tobytes(), level=1)


def unpack(packed: bytes) -> Signal:
    """Return what `pack` kept of the samples, (n,).

    Raises:
        zlib.error: the bytes are damaged.
    """
    import numpy as np

    return np.frombuffer(zlib.decompress(packed), "<f4").astype(float)


@transaction.atomic
def keep_waveforms(*, organization: Organization, waveforms: Sequence[Waveform]) -> None:
    """Store what is not stored yet; of each sensor, forget all but the newest WAVEFORMS_KEPT."""
    Waveform.objects.bulk_create(waveforms, ignore_conflicts=True)
    for code in {waveform.sensor_code for waveform in waveforms}:
        kept = Waveform.objects.of_source(organization, code)
        older = kept.values_list("pk", flat=True)[settings.WAVEFORMS_KEPT :]
        Waveform.objects.filter(pk__in=list(older)).delete()


@transaction.atomic
def prune_waveforms(*, at: datetime) -> int:
    """Forget what is older than WAVEFORMS_KEPT_FOR; return how many."""
    return Waveform.objects.filter(measured_at__lt=at - settings.WAVEFORMS_KEPT_FOR).delete()[0]
