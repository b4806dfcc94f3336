"""Messages to people: a row first, sent outside the transaction, then marked."""

from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from smartmaint.accounts.models import Organization


class NotificationQuerySet(models.QuerySet["Notification"]):
    def due(self, at: datetime) -> Self:
        """Keep what is to be sent now; a sender that died gives its message back when its lease ends."""
        return self.filter(status__in=Notification.OPEN, due_at__lte=at)


class Notification(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending", _("pending")
        SENDING = "sending", _("being sent")
        SENT = "sent", _("sent")
        FAILED = "failed", _("failed")

    OPEN = (Status.PENDING, Status.SENDING)

    class Channel(models.TextChoices):
        EMAIL = "email", _("e-mail")
        CONSOLE = "console", _("console")

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="notifications")
    key = models.CharField(max_length=200, help_text="Cause and recipient: a second one is refused.")
    channel = models.CharField(max_length=16, choices=Channel)
    recipient = models.CharField(max_length=254)
    subject = models.CharField(max_length=300)
    body = models.TextField()
    status = models.CharField(max_length=8, choices=Status, default=Status.PENDING)
    attempts = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)
    correlation_id = models.UUIDField()
    created_at = models.DateTimeField()

    objects = NotificationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "key", "channel"], name="notification_once")
        ]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(status__in=["pending", "sending"]), name="notification_due"
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.recipient}"
