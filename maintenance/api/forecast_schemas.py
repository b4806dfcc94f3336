"""The shapes of a forecast outside."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from maintenance.models import Forecast
from mlops.predictors.forecasting.needs import fewest_rows


class ForecastRequest(serializers.Serializer[Any]):
    sensor_id = serializers.CharField(max_length=128)
    horizon_steps = serializers.IntegerField(min_value=1, max_value=336, default=96)
    history_window = serializers.IntegerField(
        min_value=48, max_value=5000, default=2000, help_text="Newest steps to learn from."
    )
    cadence_minutes = serializers.IntegerField(
        min_value=1,
        max_value=1440,
        required=False,
        help_text="Length of a step; default: the coarsest up to an hour with 500 steps of history.",
    )

    def validate(self, said: dict[str, Any]) -> dict[str, Any]:
        need = fewest_rows(said["horizon_steps"])
        if said["history_window"] < need:
            words = f"{said['horizon_steps']} steps ahead take at least {need} steps of history."
            raise serializers.ValidationError({"history_window": words})
        return said


class ForecastStep(serializers.Serializer[Any]):
    timestamp = serializers.DateTimeField()
    value = serializers.FloatField()
    low = serializers.FloatField()
    high = serializers.FloatField()


class BackTestRow(serializers.Serializer[Any]):
    method = serializers.CharField()
    chosen = serializers.BooleanField()
    refusal = serializers.CharField(allow_blank=True, help_text="Why it could not be tried.")
    rmse = serializers.FloatField(allow_null=True)
    mae = serializers.FloatField(allow_null=True)
    beside_naive = serializers.FloatField(
        allow_null=True, help_text="Squared error over the naive forecast's at the same origins."
    )
    origins = serializers.IntegerField()


class CrossingOut(serializers.Serializer[Any]):
    side = serializers.ChoiceField(["upper", "lower"])
    limit = serializers.FloatField()
    possible_at = serializers.DateTimeField(allow_null=True, help_text="The interval first meets the limit.")
    likely_at = serializers.DateTimeField(allow_null=True)
    sure_at = serializers.DateTimeField(allow_null=True, help_text="The whole interval is beyond the limit.")


class ForecastSerializer(serializers.ModelSerializer[Forecast]):
    sensor_id = serializers.CharField(source="sensor.code")
    unit = serializers.CharField(source="sensor.unit")
    status = serializers.ChoiceField(Forecast.State.choices, source="state")
    refusal = serializers.SerializerMethodField()
    reasons = serializers.ListField(child=serializers.CharField())
    forecast = serializers.SerializerMethodField()
    back_test = BackTestRow(many=True)
    crossings = CrossingOut(many=True)

    class Meta:
        model = Forecast
        fields = [
            *("sensor_id", "unit", "status", "refusal", "reasons", "method", "cadence_minutes"),
            *("horizon_steps", "history_window", "history_steps", "forecast", "crossings"),
            *("back_test", "made_at", "expires_at", "correlation_id"),
        ]

    @extend_schema_field(
        serializers.ChoiceField(Forecast.Refusal.choices, allow_null=True, help_text="Null: there is none.")
    )
    def get_refusal(self, row: Forecast) -> str | None:
        return row.refusal or None

    @extend_schema_field(ForecastStep(many=True))
    def get_forecast(self, row: Forecast) -> list[dict[str, Any]]:
        return [
            {"timestamp": at.isoformat(), "value": value, "low": low, "high": high}
            for at, (value, low, high) in zip(row.times(), row.steps, strict=True)
        ]
