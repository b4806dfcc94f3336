"""The OpenAPI schema of `data/waveforms`; what is checked, and how, is in `sensors.waveforms.requests`."""

from __future__ import annotations

from typing import Any

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiExample, OpenApiParameter
from rest_framework import serializers

from sensors.api.rows import OwnCodeField
from sensors.api.schemas import IDEMPOTENCY_KEY, STATUSES, AwareDateTimeField
from sensors.models import Bearing, Sensor
from sensors.waveforms.bearings import FASTEST, Geometry

KINDS = ["vibration", "sound"]


class GeometryIn(serializers.Serializer[Any]):
    rolling_elements = serializers.IntegerField(min_value=3, max_value=200)
    ball_diameter = serializers.FloatField(help_text="Of a ball or roller; in the unit of pitch_diameter.")
    pitch_diameter = serializers.FloatField(help_text="Of the circle through their centres.")
    contact_angle = serializers.FloatField(default=0, help_text="In degrees, below 90.")


class WaveformFields(serializers.Serializer[Any]):
    """What may be said of a waveform in every form."""

    sensor_id = serializers.CharField(max_length=100, help_text="Channels are called <sensor_id>.rms etc.")
    timestamp = AwareDateTimeField(required=False, help_text="Of the first sample. Default: it ends now.")
    unit = serializers.CharField(max_length=30, required=False, help_text="Such as g, m/s², mm/s, Pa.")
    kind = serializers.ChoiceField(KINDS, default="vibration")
    quality = serializers.FloatField(min_value=0, max_value=1, default=1.0)
    full_scale = serializers.FloatField(
        default=1.0, help_text="What 1.0 in a WAV file or in base64 stands for (32768 of int16)."
    )
    shaft_speed = serializers.FloatField(required=False, help_text="In rpm, above 0.")
    bearing = GeometryIn(required=False, help_text="Default: the one kept with the asset.")
    bands = serializers.ListField(
        child=serializers.ListField(child=serializers.IntegerField(min_value=0), min_length=2, max_length=2),
        max_length=16,
        required=False,
        help_text="[[low, high], ...] in Hz.",
    )
    envelope_band = serializers.ListField(
        child=serializers.IntegerField(min_value=0), min_length=2, max_length=2, required=False
    )
    correlation_id = serializers.UUIDField(required=False)
    metadata = serializers.DictField(required=False, help_text="`asset` names the machine.")


class WaveformIn(WaveformFields):
    """`samples`, or `samples_base64` with its `encoding`: 16 to 1,048,576 samples."""

    sampling_rate = serializers.FloatField(min_value=10, max_value=1_000_000, help_text="In Hz.")
    samples = serializers.ListField(child=serializers.FloatField(), required=False)
    samples_base64 = serializers.CharField(required=False, help_text="Little-endian numbers.")
    encoding = serializers.ChoiceField(["float32", "int16"], default="float32")


class WaveformUpload(WaveformFields):
    """A WAV file with its fields; `bearing`, `bands`, `envelope_band` and `metadata` are JSON texts."""

    file = serializers.FileField(help_text="PCM of 16, 24 or 32 bits, or floats; up to 8 channels.")


class ChannelOut(serializers.Serializer[Any]):
    sensor_id = serializers.CharField()
    value = serializers.FloatField()
    unit = serializers.CharField()


class SkippedOut(serializers.Serializer[Any]):
    sensor_id = serializers.CharField()
    reason = serializers.CharField()


class RefusedOut(serializers.Serializer[Any]):
    sensor_id = serializers.CharField()
    code = serializers.CharField()
    detail = serializers.CharField()


class WaveformAnswer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(STATUSES)
    event_id = serializers.UUIDField(allow_null=True)
    correlation_id = serializers.UUIDField()
    sensor_id = serializers.CharField()
    timestamp = AwareDateTimeField()
    sampling_rate = serializers.FloatField()
    duration = serializers.FloatField(help_text="In seconds.")
    shaft_speed = serializers.FloatField(allow_null=True, help_text="In rpm.")
    fault_frequencies = serializers.DictField(child=serializers.FloatField(), help_text="In Hz, by part.")
    accepted = serializers.IntegerField()
    duplicate = serializers.IntegerField()
    rejected = serializers.IntegerField()
    channels = ChannelOut(many=True)
    skipped = SkippedOut(many=True)
    errors = RefusedOut(many=True)  # type: ignore[assignment]


class BearingSerializer(serializers.ModelSerializer[Bearing]):
    speed_sensor = OwnCodeField(
        queryset=Sensor.objects.all(), required=False, allow_null=True, help_text="The sensor's code."
    )

    class Meta:
        model = Bearing
        fields = [
            "designation",
            "rolling_elements",
            "ball_diameter",
            "pitch_diameter",
            "contact_angle",
            "shaft_speed",
            "speed_sensor",
        ]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """A bearing of which no frequency could be computed is refused here."""
        named = ("rolling_elements", "ball_diameter", "pitch_diameter", "contact_angle")
        try:
            Geometry(**{name: attrs[name] for name in named if name in attrs})
        except ValueError as error:
            raise serializers.ValidationError({str(error).split()[0]: [str(error)]}) from error
        if not 0 < (attrs.get("shaft_speed") or 1) <= FASTEST:
            raise serializers.ValidationError({"shaft_speed": [f"Above 0 and at most {FASTEST:g} rpm."]})
        return attrs


EXAMPLE = OpenApiExample(
    "A second of acceleration",
    value={"sensor_id": "P-101.de.vibration", "sampling_rate": 25600, "unit": "g", "samples": [0.01, -0.02]},
    request_only=True,
    media_type="application/json",
)
TEXT_FIELDS = ("timestamp", "unit", "kind", "full_scale", "shaft_speed", "quality", "correlation_id")
JSON_FIELDS = ("bearing", "bands", "envelope_band", "metadata")
PARAMETERS = [
    IDEMPOTENCY_KEY,
    OpenApiParameter("sensor_id", OpenApiTypes.STR, description="With audio/wav: the fields go here."),
    *[OpenApiParameter(name, OpenApiTypes.STR, description="With audio/wav.") for name in TEXT_FIELDS],
    *[
        OpenApiParameter(name, OpenApiTypes.STR, description="With audio/wav: a JSON text.")
        for name in JSON_FIELDS
    ],
]
REQUEST = {
    "application/json": WaveformIn,
    "audio/wav": OpenApiTypes.BINARY,
    "multipart/form-data": WaveformUpload,
}
