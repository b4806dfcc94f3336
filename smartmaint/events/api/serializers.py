"""The shapes of the trace API."""

from __future__ import annotations

from typing import Any

from rest_framework import serializers

from smartmaint.events.models import Delivery


class TraceRunSerializer(serializers.Serializer[Any]):
    agent = serializers.CharField()
    state = serializers.ChoiceField(choices=Delivery.State.choices)
    attempts = serializers.IntegerField()
    waited_ms = serializers.FloatField(allow_null=True, help_text="From the event to the last attempt.")
    ran_ms = serializers.FloatField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    error = serializers.CharField(allow_blank=True)


class TraceStepSerializer(serializers.Serializer[Any]):
    event_id = serializers.UUIDField()
    name = serializers.CharField(help_text="<app>.<Event>")
    at = serializers.DateTimeField()
    caused_by = serializers.UUIDField(allow_null=True)
    depth = serializers.IntegerField(help_text="Place in the tree of causes; 0 began the journey.")
    payload = serializers.DictField(help_text="The event's own values: ids of the rows it tells of.")
    runs = TraceRunSerializer(many=True)


class TraceSerializer(serializers.Serializer[Any]):
    correlation_id = serializers.UUIDField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    duration_ms = serializers.FloatField()
    settled = serializers.BooleanField(help_text="True once no agent has anything left to do.")
    steps = TraceStepSerializer(many=True, help_text="Each event is followed by what it led to.")
