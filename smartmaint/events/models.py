from __future__ import annotations

from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from smartmaint.accounts.models import Organization
from smartmaint.events.event import EVENT_TYPES, Event


class EventRecordQuerySet(models.QuerySet["EventRecord"]):
    def pending(self) -> Self:
        return self.filter(relayed_at=None)

    def journey(self, organization: Organization, correlation_id: object) -> Self:
        return self.filter(organization=organization, correlation_id=correlation_id).order_by("published_at")


class EventRecord(models.Model):
    """The outbox: a published event, written in the transaction of the change it tells of."""

    event_id = models.UUIDField(primary_key=True)
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    name = models.CharField(max_length=100)
    payload = models.JSONField()
    correlation_id = models.UUIDField()
    caused_by = models.UUIDField(null=True)
    published_at = models.DateTimeField()
    relayed_at = models.DateTimeField(null=True)

    objects = EventRecordQuerySet.as_manager()

    class Meta:
        verbose_name = "event"
        indexes = [
            models.Index(fields=["published_at"], condition=Q(relayed_at=None), name="event_pending"),
            models.Index(fields=["organization", "correlation_id"], name="event_journey"),
            models.Index(fields=["published_at"], name="event_age"),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.event_id}"

    def restore(self) -> Event:
        envelope = {
            "organization_id": self.organization_id,
            "event_id": self.event_id,
            "correlation_id": self.correlation_id,
            "caused_by": self.caused_by,
        }
        return EVENT_TYPES[self.name].restore(envelope, self.payload)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def open(self) -> Self:
        return self.filter(state__in=Delivery.OPEN)

    def due(self, at: datetime) -> Self:
        return self.open().filter(due_at__lte=at)

    def startable(self, at: datetime) -> Self:
        """What a worker may begin: it was sent, or begun by one that let its lease pass."""
        return self.filter(Q(state=Delivery.State.SENT) | Q(state=Delivery.State.RUNNING, due_at__lte=at))

    def under_way(self, at: datetime) -> Self:
        return self.filter(state__in=[Delivery.State.SENT, Delivery.State.RUNNING], due_at__gt=at)

    def count_lanes(self) -> models.QuerySet[Delivery, tuple[str, int, int]]:
        """Count by lane: (agent, organization id, count)."""
        return self.order_by().values_list("agent", "organization_id").annotate(models.Count("pk"))


class Delivery(models.Model):
    """The inbox: what became of one event at one agent. `done` is set in the effect's transaction."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        RUNNING = "running", _("running")
        DONE = "done", _("done")
        DEAD = "dead", _("dead letter")
        DISCARDED = "discarded", _("discarded")

    OPEN = (State.WAITING, State.SENT, State.RUNNING)
    RELAY = "events.relay"  # in place of an agent: the relay itself could not read the event

    event = models.ForeignKey(
        EventRecord, on_delete=models.CASCADE, related_name="deliveries", db_index=False
    )
    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="+", db_index=False)
    agent = models.CharField(max_length=100)
    state = models.CharField(max_length=12, choices=State, default=State.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    sends = models.PositiveSmallIntegerField(default=0)
    due_at = models.DateTimeField(help_text="When the relay sends it (again), unless it is done by then.")
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        constraints = [models.UniqueConstraint(fields=["event", "agent"], name="delivery_once")]
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state__in=["waiting", "sent", "running"]), name="delivery_due"
            ),
            models.Index(
                fields=["agent", "organization"],
                condition=Q(state__in=["sent", "running"]),
                name="delivery_under_way",
            ),
            models.Index(fields=["organization"], condition=Q(state="dead"), name="delivery_dead"),
            models.Index(fields=["organization", "agent", "finished_at"], name="delivery_finished"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} at {self.agent}: {self.state}"


class DeadLetterManager(models.Manager["DeadLetter"]):
    def get_queryset(self) -> models.QuerySet[DeadLetter]:
        return super().get_queryset().filter(state=Delivery.State.DEAD)


class DeadLetter(Delivery):
    """A delivery that failed at each attempt and waits for a person: replay it or discard it."""

    objects = DeadLetterManager()  # type: ignore[assignment, misc]

    class Meta:
        proxy = True
        verbose_name = _("dead letter")
        verbose_name_plural = _("dead letters")
