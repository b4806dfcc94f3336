"""Booked work and its record."""

from __future__ import annotations

from datetime import datetime
from typing import Self
from uuid import uuid4

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils.translation import gettext_lazy as _

from anomalies.models import Alert
from maintenance.models.decisions import Decision, Joining, joined_rows
from maintenance.models.people import Technician
from sensors.models import Asset
from smartmaint.accounts.models import Organization

# btree_gist is not part of every PostgreSQL; a range of one number gives equality by GiST without it.
ONE_TECHNICIAN = Func(
    F("technician_id"),
    F("technician_id"),
    Value("[]"),
    function="int8range",
    output_field=BigIntegerRangeField(),
)


class MaintenanceTaskQuerySet(models.QuerySet["MaintenanceTask"]):
    def active(self) -> Self:
        return self.filter(status__in=MaintenanceTask.ACTIVE)

    def for_alert(self, alert: Alert) -> Self:
        """Keep the visits that see to the alert, first or beside others."""
        joined = Joining.objects.filter(decision__alert=alert).values("visit")
        return self.filter(Q(alert=alert) | Q(decision__in=joined))

    def coming(self, asset_id: int, at: datetime) -> Self:
        """Keep the machine's visits that are booked and neither begun nor late, the next first."""
        rows = self.filter(asset=asset_id, status=MaintenanceTask.Status.SCHEDULED, decision__isnull=False)
        return rows.filter(period__endswith__gt=at).order_by("period", "pk")

    def with_context(self) -> Self:
        rows = self.select_related(
            "asset", "asset__site", "technician", "technician__site", "alert", "decision__alert"
        )
        return rows.prefetch_related(joined_rows("decision__joined"))


class MaintenanceTask(models.Model):
    class Status(models.TextChoices):
        SCHEDULED = "scheduled", _("scheduled")
        IN_PROGRESS = "in_progress", _("in progress")
        COMPLETED = "completed", _("completed")
        CANCELLED = "cancelled", _("cancelled")

    ACTIVE = (Status.SCHEDULED, Status.IN_PROGRESS)

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="tasks")
    uid = models.UUIDField(default=uuid4, unique=True, editable=False)
    asset = models.ForeignKey(Asset, on_delete=models.PROTECT, related_name="tasks")
    alert = models.ForeignKey(Alert, null=True, blank=True, on_delete=models.SET_NULL, related_name="tasks")
    decision = models.OneToOneField(
        Decision, null=True, blank=True, on_delete=models.SET_NULL, related_name="task"
    )
    technician = models.ForeignKey(Technician, on_delete=models.PROTECT, related_name="tasks")
    period = DateTimeRangeField()
    status = models.CharField(max_length=12, choices=Status, default=Status.SCHEDULED)
    title = models.CharField(max_length=200)
    reasons = models.JSONField(default=list, help_text="Why this person at this time.")
    correlation_id = models.UUIDField()
    booked_at = models.DateTimeField()

    objects = MaintenanceTaskQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="technician_booked_once",
                expressions=[(ONE_TECHNICIAN, RangeOperators.OVERLAPS), ("period", RangeOperators.OVERLAPS)],
                condition=Q(status__in=["scheduled", "in_progress"]),
            ),
        ]
        indexes = [models.Index(fields=["organization", "status"], name="task_by_status")]

    def __str__(self) -> str:
        return self.title

    @property
    def alerts(self) -> list[Alert]:
        """What the visit sees to; empty where somebody asked for the work."""
        return self.decision.alerts if self.decision else [self.alert] if self.alert else []

    @property
    def priority(self) -> int | None:
        """That of the most urgent alert; None where no alert led there."""
        return min((alert.priority for alert in self.alerts), default=None)

    @property
    def trouble_is_over(self) -> bool:
        """Each alert ended by itself or was dismissed since. The visit stands until a person cancels it:
        a fault that comes and goes is still a fault, and readings are no inspection."""
        over = (alert.ended_at or alert.verdict == alert.Verdict.DISMISSED for alert in self.alerts)
        return self.alert is not None and all(over)


class TaskTransition(models.Model):
    """A change of a task: who, when, why."""

    task = models.ForeignKey(MaintenanceTask, on_delete=models.CASCADE, related_name="transitions")
    action = models.CharField(max_length=16, help_text="booked, joined, started, completed, cancelled, moved")
    from_status = models.CharField(max_length=12, blank=True)
    to_status = models.CharField(max_length=12)
    at = models.DateTimeField()
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor = models.CharField(max_length=100)
    reason = models.CharField(max_length=1000, blank=True)

    class Meta:
        indexes = [models.Index(fields=["task", "at"], name="task_history")]

    def __str__(self) -> str:
        return f"{self.action} by {self.actor}"


class MaintenanceLog(models.Model):
    """What was found and done at the machine: the label that models learn from."""

    class Finding(models.TextChoices):
        TRUE = "true", _("true: there was a fault")
        FALSE = "false", _("false: nothing was wrong")
        EARLY = "early", _("early: the first signs of a fault")
        MISSED = "missed", _("missed: a fault that was not announced")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="maintenance_logs")
    task = models.OneToOneField(MaintenanceTask, on_delete=models.CASCADE, related_name="log")
    finding = models.CharField(max_length=8, choices=Finding)
    failure_mode = models.CharField(max_length=16, blank=True, help_text="ISO 14224 code, such as VIB.")
    notes = models.TextField(blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    actor = models.CharField(max_length=100)
    completed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.finding} at task {self.task_id}"


class AlertFinding(models.Model):
    """What was found of one of a visit's alerts."""

    log = models.ForeignKey(MaintenanceLog, on_delete=models.CASCADE, related_name="alert_findings")
    alert = models.ForeignKey(Alert, on_delete=models.CASCADE, related_name="findings")
    finding = models.CharField(max_length=8, choices=MaintenanceLog.Finding)
    failure_mode = models.CharField(max_length=16, blank=True, help_text="ISO 14224 code, such as VIB.")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["log", "alert"], name="alert_found_once")]

    def __str__(self) -> str:
        return f"{self.finding} of alert {self.alert_id}"
