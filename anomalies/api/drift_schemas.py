"""What a check for drift is asked and what it answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from mlops.drift.judging import MIN_SAMPLES, THRESHOLD
from mlops.models import DriftFinding

SHORTEST, LONGEST = 10, 20_160  # minutes
LEAST_P = 1e-9
FEWEST, MOST = 10, 10_000

OUTCOMES = [choice for choice in DriftFinding.Outcome.choices if choice[0] != DriftFinding.Outcome.MEASURED]


class DriftRequest(serializers.Serializer[Any]):
    sensor_id = serializers.CharField(max_length=128, help_text="The sensor's code.")
    window_minutes = serializers.IntegerField(
        min_value=SHORTEST,
        max_value=LONGEST,
        default=None,
        allow_null=True,
        help_text="Back from now; without it 3 days, a day, 6 hours or an hour, by how much is known.",
    )
    p_value_threshold = serializers.FloatField(
        min_value=LEAST_P, max_value=0.5, default=THRESHOLD, help_text="Below it a change counts."
    )
    min_samples = serializers.IntegerField(
        min_value=FEWEST, max_value=MOST, default=MIN_SAMPLES, help_text="Readings in the window."
    )


def measured(what: str) -> serializers.FloatField:
    return serializers.FloatField(allow_null=True, help_text=what)


class DriftAnswer(serializers.Serializer[Any]):
    """Figures are null where nothing could be compared; the outcome and the reasons say why."""

    sensor_id = serializers.CharField()
    outcome = serializers.ChoiceField(OUTCOMES)
    drift_detected = serializers.BooleanField()
    reasons = serializers.ListField(child=serializers.CharField())
    ks_statistic = measured("Greatest difference of the two distribution functions, 0 to 1.")
    p_value = measured("How often chance alone is that far off, from how the reference varies.")
    p_value_corrected = measured("For all tests of this check (Holm).")
    psi = measured("Population stability index, 10 bins.")
    psi_by_chance = measured("Its mean without drift, at this many readings that hang together like these.")
    psi_excess = measured("What is above chance: .1 is moderate, .25 large, below .1 is no drift.")
    median = measured("Of the window, in the sensor's unit.")
    median_before = measured("Of the reference.")
    shift = measured("Of the median, in the reference's spread.")
    spread_ratio = measured("Spread of the window by that of the reference.")
    independent_rows = measured("Independent readings that the window is worth.")
    readings = serializers.IntegerField(help_text="In the window, counted up to 10,000.")
    window_start = serializers.DateTimeField(allow_null=True)
    window_end = serializers.DateTimeField(allow_null=True)
    reference_start = serializers.DateTimeField(allow_null=True)
    reference_end = serializers.DateTimeField(allow_null=True)
    reference_stretches = serializers.IntegerField()
    same_hours = serializers.BooleanField(help_text="The reference has the window's times of the day.")
    drifted_since = serializers.DateTimeField(allow_null=True)
    check_id = serializers.IntegerField()
    correlation_id = serializers.UUIDField()
