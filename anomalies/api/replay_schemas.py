"""What programs give and get of replays."""

from __future__ import annotations

from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from anomalies.choices import scope_of_asset
from anomalies.detection.wishes import MONTHS, MOST_AT_MOST
from anomalies.models import Replay
from anomalies.replay_rows import progress_of
from anomalies.replaying.running import DAYS

ONE = (
    "Give a sensor with its limits, or a model and a version, or neither: sensitivity and budget then count."
)


class ReplayRequest(serializers.Serializer[Any]):
    days = serializers.ChoiceField(DAYS, default=DAYS[0], help_text="Back from now.")
    asset = serializers.CharField(
        max_length=128,
        default="",
        allow_blank=True,
        help_text="The machine's code; default: the whole plant.",
    )
    sensitivity = serializers.ChoiceField(["calm", "sensitive"], default="calm")
    at_most = serializers.IntegerField(
        min_value=1,
        max_value=MOST_AT_MOST,
        default=None,
        allow_null=True,
        help_text="The budget: false alarms of each machine; null: none.",
    )
    per = serializers.ChoiceField(list(MONTHS), default="month")
    sensor = serializers.CharField(
        max_length=128, default="", allow_blank=True, help_text="Its code: try fixed limits of this sensor."
    )
    lower = serializers.FloatField(default=None, allow_null=True, help_text="The sensor's lower limit.")
    upper = serializers.FloatField(default=None, allow_null=True)
    model_name = serializers.CharField(
        max_length=100, default="", allow_blank=True, help_text="A model of detection: try its version."
    )
    model_version = serializers.IntegerField(min_value=1, max_value=2**31 - 1, default=None, allow_null=True)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if attrs["sensor"] and (attrs["asset"] or attrs["model_name"]):
            raise serializers.ValidationError({"sensor": ONE})
        if attrs["model_name"] and (attrs["asset"] or attrs["model_version"] is None):
            raise serializers.ValidationError({"model_name": ONE})
        lower, upper = attrs["lower"], attrs["upper"]
        if lower is not None and upper is not None and lower >= upper:
            raise serializers.ValidationError({"upper": "The upper limit must lie above the lower one."})
        return attrs


class WorthOut(serializers.Serializer[Any]):
    alarms = serializers.IntegerField()
    known = serializers.IntegerField(help_text="Failures that people found in this time.")
    caught = serializers.IntegerField(help_text="Of these, announced by an alarm.")
    false = serializers.IntegerField(help_text="Alarms that people called false.")
    lead = serializers.FloatField(
        allow_null=True, help_text="Median hours from the first alarm to the finding."
    )


class ResultOut(serializers.Serializer[Any]):
    present = WorthOut(help_text="As it is.")
    proposed = WorthOut()


class MachineResultOut(ResultOut):
    asset = serializers.CharField(help_text="The machine's code.")


class ReplayOut(serializers.ModelSerializer[Replay]):
    """Takes from its context the `codes` of machines and sensors by scope, the moment `at` and, where one
    replay is read, `whole`."""

    asset = serializers.SerializerMethodField(help_text="The machine's code; null: another scope.")
    sensor = serializers.SerializerMethodField(help_text="The sensor's code; null: another scope.")
    settings = serializers.DictField(help_text="Sensitivity and budget that are tried; empty: limits are.")
    limits = serializers.DictField(help_text="lower and upper of the sensor, where these are tried.")
    progress = serializers.SerializerMethodField(help_text="From 0 to 1.")
    result = serializers.SerializerMethodField(help_text="Null until it is done.")
    machines = serializers.SerializerMethodField(
        help_text="The result of each machine of which there is anything to tell; empty in lists."
    )

    class Meta:
        model = Replay
        fields = [
            "id",
            "state",
            "progress",
            "error",
            "asset",
            "sensor",
            "settings",
            "limits",
            "days",
            "since",
            "until",
            "readings",
            "words",
            "result",
            "machines",
            "correlation_id",
            "actor",
            "asked_at",
            "ended_at",
        ]

    def _code(self, replay: Replay, kind: str) -> str | None:
        code: str | None = self.context["codes"].get(replay.scope)
        return code if replay.scope.startswith(f"{kind}:") else None

    def get_asset(self, replay: Replay) -> str | None:
        return self._code(replay, "asset")

    def get_sensor(self, replay: Replay) -> str | None:
        return self._code(replay, "sensor")

    def get_progress(self, replay: Replay) -> float:
        return progress_of(replay, self.context["at"]).share

    @extend_schema_field(ResultOut(allow_null=True))
    def get_result(self, replay: Replay) -> Any:
        return ResultOut(replay.result).data if replay.result else None

    @extend_schema_field(MachineResultOut(many=True))
    def get_machines(self, replay: Replay) -> Any:
        rows = replay.result.get("assets", ()) if self.context.get("whole") else ()
        codes = {one["asset"]: self.context["codes"].get(scope_of_asset(one["asset"])) for one in rows}
        known = [{**one, "asset": codes[one["asset"]]} for one in rows if codes[one["asset"]]]
        return MachineResultOut(known, many=True).data
