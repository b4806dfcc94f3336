"""What a model is asked and what it answers."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

AUTO = "auto"


class PredictRequest(serializers.Serializer[Any]):
    model_name = serializers.SlugField(max_length=100)
    model_version = serializers.RegexField(
        rf"^({AUTO}|[1-9][0-9]{{0,8}})\Z", default=AUTO, help_text="A version's number; auto: the champion."
    )
    features = serializers.DictField(
        help_text="Each input that the model names, a number or a text; none more."
    )
    explain = serializers.BooleanField(default=False, help_text="Say what each input contributes.")


class ContributionOut(serializers.Serializer[Any]):
    feature = serializers.CharField()
    value = serializers.JSONField()
    contribution = serializers.FloatField(help_text="What the answer owes to it, in the answer's own unit.")


class RefusalOut(serializers.Serializer[Any]):
    code = serializers.ChoiceField(["no_trend", "not_enough_data", "sensor_bad", "outside_experience"])
    detail = serializers.CharField()


class PredictAnswer(serializers.Serializer[Any]):
    model_name = serializers.CharField()
    model_version = serializers.IntegerField()
    purpose = serializers.CharField()
    prediction = serializers.FloatField(allow_null=True, help_text="Null where the model refuses.")
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    unit = serializers.CharField(help_text="Such as probability.")
    refusal = RefusalOut(allow_null=True)
    contributions = ContributionOut(many=True, help_text="The greatest first; empty without explain.")
