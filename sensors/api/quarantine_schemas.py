"""What the API of the quarantine takes and gives."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from sensors.api.schemas import AwareDateTimeField
from sensors.models import QuarantinedReading, QuarantineTransition
from sensors.resubmission import MOST_AT_ONCE

LARGEST_ID = 2**63 - 1


class FilterIn(serializers.Serializer[Any]):
    """Which refused readings are meant."""

    code = serializers.CharField(max_length=40, required=False, help_text="The reason, such as `unit`.")
    sensor_id = serializers.CharField(max_length=128, required=False, source="sensor")
    since = AwareDateTimeField(required=False, help_text="Refused then or later.")


class QuarantineQuery(FilterIn):
    state = serializers.ChoiceField(
        QuarantinedReading.State.choices,
        default=QuarantinedReading.State.WAITING,
        help_text="Default: waiting.",
    )


class PieceIn(FilterIn):
    """A piece of a longer deed; the answer's `after` begins the next one."""

    after = serializers.IntegerField(min_value=0, max_value=LARGEST_ID, default=0)
    limit = serializers.IntegerField(min_value=1, max_value=MOST_AT_ONCE, default=MOST_AT_ONCE)


class DiscardIn(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class DiscardPieceIn(PieceIn):
    reason = serializers.CharField(max_length=500)


class ResubmitIn(serializers.Serializer[Any]):
    payload = serializers.JSONField(
        required=False, help_text="The corrected reading, whole; left out: as it came, or as last corrected."
    )


class PieceOut(serializers.Serializer[Any]):
    done = serializers.IntegerField(help_text="Readings that this piece took.")
    stored = serializers.IntegerField(required=False)
    refused = serializers.IntegerField(required=False)
    after = serializers.IntegerField(allow_null=True, help_text="Where to go on; null: all are done.")


class TransitionOut(serializers.ModelSerializer[QuarantineTransition]):
    class Meta:
        model = QuarantineTransition
        fields = ["action", "to_state", "at", "actor", "reason"]


class QuarantinedOut(serializers.ModelSerializer[QuarantinedReading]):
    sensor_id = serializers.CharField(source="sensor_code", help_text="As it came; empty where none came.")
    payload = serializers.JSONField(help_text="The reading as it came.")
    correction = serializers.JSONField(allow_null=True)

    class Meta:
        model = QuarantinedReading
        fields = [
            "id",
            "sensor_id",
            "code",
            "detail",
            "payload",
            "correction",
            "source",
            "correlation_id",
            "received_at",
            "state",
            "attempts",
            "handled_at",
        ]


class QuarantinedDetailOut(QuarantinedOut):
    history = TransitionOut(many=True, source="transitions")

    class Meta(QuarantinedOut.Meta):
        fields = [*QuarantinedOut.Meta.fields, "history"]
