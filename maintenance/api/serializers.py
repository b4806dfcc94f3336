"""The shapes of decisions, work and technicians outside."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from anomalies.models import Alert
from maintenance.models import (
    AlertFinding,
    Decision,
    DecisionAnswer,
    MaintenanceLog,
    MaintenanceTask,
    Prediction,
    TaskTransition,
)
from sensors.api.schemas import AwareDateTimeField


class SlotSerializer(serializers.Serializer[Any]):
    """What an approval would book as things stood when the question was asked."""

    technician = serializers.CharField()
    technician_id = serializers.IntegerField()
    start = serializers.DateTimeField()
    end = serializers.DateTimeField()
    reasons = serializers.ListField(child=serializers.CharField())


class ContributionSerializer(serializers.Serializer[Any]):
    """What a prediction owes to one signal, in hours of operation."""

    feature = serializers.CharField()
    value = serializers.FloatField()
    contribution = serializers.FloatField()


class PredictionSerializer(serializers.ModelSerializer[Prediction]):
    sensor_id = serializers.CharField(source="sensor.code", default=None)
    reasons = serializers.ListField(child=serializers.CharField())
    model = serializers.CharField(source="version.model.name", default=None)
    model_version = serializers.IntegerField(source="version.number", default=None)
    contributions = ContributionSerializer(many=True)

    class Meta:
        model = Prediction
        fields = [
            *("sensor_id", "outcome", "hours", "hours_low", "hours_high", "limit", "reasons"),
            *("method", "model", "model_version", "contributions", "predicted_at"),
        ]


class VisitAlertSerializer(serializers.ModelSerializer[Alert]):
    """One of the alerts that a visit, or an answer, sees to."""

    reasons = serializers.ListField(child=serializers.CharField())

    class Meta:
        model = Alert
        fields = ["id", "cause", "priority", "summary", "reasons", "ended_at"]


class DecisionSerializer(serializers.ModelSerializer[Decision]):
    asset = serializers.CharField(source="asset.code")
    asset_name = serializers.CharField(source="asset.name")
    alert = serializers.IntegerField(source="alert_id", allow_null=True)
    rule = serializers.CharField(source="rule_name")
    reasons = serializers.ListField(child=serializers.CharField())
    alerts = VisitAlertSerializer(many=True, help_text="All that an answer decides about.")
    joined_to = serializers.UUIDField(
        source="joining.visit.request_id",
        default=None,
        help_text="Where the status is joined: the decision whose visit or question sees to this one too.",
    )
    prediction = PredictionSerializer(allow_null=True)
    proposal = SlotSerializer(allow_null=True)

    class Meta:
        model = Decision
        fields = [
            *("request_id", "status", "action", "title", "question", "reasons", "rule", "asset"),
            *(
                "asset_name",
                "alert",
                "alerts",
                "joined_to",
                "prediction",
                "proposal",
                "skill",
                "work_hours",
                "due_at",
            ),
            *("deferred_until", "decided_at", "correlation_id"),
        ]


class DecisionQuerySerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=[*Decision.Status.values, "deferred"], required=False)


class SubmitSerializer(serializers.Serializer[Any]):
    request_id = serializers.UUIDField()
    decision = serializers.ChoiceField(choices=DecisionAnswer.Answer.values)
    justification = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")
    operator_id = serializers.CharField(
        max_length=60, required=False, allow_blank=True, default="", help_text="For whom a program answers."
    )
    confidence = serializers.FloatField(min_value=0, max_value=1, required=False, allow_null=True)
    additional_notes = serializers.CharField(max_length=10_000, required=False, allow_blank=True, default="")
    deferred_until = AwareDateTimeField(required=False, help_text="With defer; default: in eight hours.")
    action = serializers.ChoiceField(choices=["act", "plan", "watch"], required=False)
    work_hours = serializers.FloatField(required=False, help_text="With modify, like the next two.")
    skill = serializers.CharField(max_length=64, required=False, allow_blank=True)
    due_at = AwareDateTimeField(required=False)


class AnswerSerializer(serializers.ModelSerializer[DecisionAnswer]):
    request_id = serializers.UUIDField(source="decision.request_id")
    decision = serializers.CharField(source="answer")
    status = serializers.CharField(source="decision.status")
    deferred_until = serializers.DateTimeField(source="decision.deferred_until", allow_null=True)
    correlation_id = serializers.UUIDField(source="decision.correlation_id")
    by = serializers.CharField(source="actor")

    class Meta:
        model = DecisionAnswer
        fields = [
            *("request_id", "decision", "status", "justification", "by", "at"),
            *("deferred_until", "correlation_id"),
        ]


class AlertFindingSerializer(serializers.ModelSerializer[AlertFinding]):
    alert = serializers.IntegerField(source="alert_id")

    class Meta:
        model = AlertFinding
        fields = ["alert", "finding", "failure_mode"]


class LogSerializer(serializers.ModelSerializer[MaintenanceLog]):
    task_id = serializers.UUIDField(source="task.uid")
    asset = serializers.CharField(source="task.asset.code")
    by = serializers.CharField(source="actor")
    findings = AlertFindingSerializer(source="alert_findings", many=True, help_text="Of each alert.")

    class Meta:
        model = MaintenanceLog
        fields = [
            *("id", "task_id", "asset", "finding", "failure_mode", "findings", "notes", "by"),
            "completed_at",
        ]


class TransitionSerializer(serializers.ModelSerializer[TaskTransition]):
    by = serializers.CharField(source="actor")

    class Meta:
        model = TaskTransition
        fields = ["action", "from_status", "to_status", "at", "by", "reason"]


class TaskSerializer(serializers.ModelSerializer[MaintenanceTask]):
    id = serializers.UUIDField(source="uid")
    asset = serializers.CharField(source="asset.code")
    asset_name = serializers.CharField(source="asset.name")
    alert = serializers.IntegerField(source="alert_id", allow_null=True)
    technician_id = serializers.IntegerField()
    technician = serializers.CharField(source="technician.name")
    start = serializers.DateTimeField(source="period.lower")
    end = serializers.DateTimeField(source="period.upper")
    reasons = serializers.ListField(child=serializers.CharField())
    alerts = VisitAlertSerializer(many=True, help_text="All that the visit sees to.")

    class Meta:
        model = MaintenanceTask
        fields = [
            *("id", "status", "title", "asset", "asset_name", "alert", "alerts"),
            *("technician_id", "technician"),
            *("start", "end", "reasons", "trouble_is_over", "booked_at", "correlation_id"),
        ]


class TaskDetailSerializer(TaskSerializer):
    transitions = TransitionSerializer(many=True)
    log = LogSerializer(default=None, allow_null=True)

    class Meta(TaskSerializer.Meta):
        fields = [*TaskSerializer.Meta.fields, "transitions", "log"]


class TaskQuerySerializer(serializers.Serializer[Any]):
    """The filters of the list; each may be left out."""

    status = serializers.ChoiceField(choices=[*MaintenanceTask.Status.values, "active"], required=False)
    technician_id = serializers.IntegerField(required=False)
    asset = serializers.CharField(required=False, max_length=128, help_text="The asset's code.")


class FoundSerializer(serializers.Serializer[Any]):
    """What was found of one alert, where it differs from the others."""

    alert = serializers.IntegerField()
    finding = serializers.ChoiceField(choices=MaintenanceLog.Finding.choices)
    failure_mode = serializers.CharField(max_length=16, required=False, allow_blank=True, default="")


class CompleteSerializer(serializers.Serializer[Any]):
    finding = serializers.ChoiceField(choices=MaintenanceLog.Finding.choices)
    failure_mode = serializers.CharField(max_length=16, required=False, allow_blank=True, default="")
    findings = FoundSerializer(
        many=True, required=False, help_text="Of the visit's alerts of which something else was found."
    )
    notes = serializers.CharField(max_length=10_000, required=False, allow_blank=True, default="")
    new_baseline = serializers.BooleanField(
        required=False,
        default=False,
        help_text="Parts or settings are others now: learn anew what is normal for the machine.",
    )


class CancelSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=1000)


class RescheduleSerializer(serializers.Serializer[Any]):
    technician_id = serializers.IntegerField(required=False)
    start = AwareDateTimeField(required=False)
    reason = serializers.CharField(max_length=800, required=False, allow_blank=True, default="")
