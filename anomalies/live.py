"""Tells open pages and connected programs what became of alerts, as soon as it is committed."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction
from redis.exceptions import RedisError

from anomalies.api.serializers import AlertSerializer
from anomalies.events import AlertConfirmed, AlertDismissed, AlertEnded, AlertRaised, AlertUpdated
from anomalies.feed import append_entries
from anomalies.models import Alert, FeedEntry

logger = logging.getLogger(__name__)

GROUP = "alerts"
FRAME_TYPES: dict[type, str] = {
    AlertRaised: "alert.raised",
    AlertConfirmed: "alert.confirmed",
    AlertDismissed: "alert.dismissed",
    AlertUpdated: "alert.updated",
    AlertEnded: "alert.ended",
}

AlertEvent = AlertRaised | AlertConfirmed | AlertDismissed | AlertUpdated | AlertEnded


@transaction.atomic
def broadcast_alerts(*, events: Sequence[AlertEvent], at: datetime) -> None:
    """Append the events of one organization to its feed, and wake the readers after the commit."""
    organization_id = events[0].organization_id
    rows = Alert.objects.filter(organization=organization_id, pk__in={event.alert_id for event in events})
    alerts = {alert.pk: alert for alert in rows.with_context().select_related("assigned_to")}
    shapes = {pk: AlertSerializer(alert).data for pk, alert in alerts.items()}
    entries = [_entry(event, shapes[event.alert_id], at) for event in events]
    append_entries(organization_id=organization_id, entries=entries)
    transaction.on_commit(partial(nudge, organization_id))


def _entry(event: AlertEvent, shape: dict[str, object], at: datetime) -> FeedEntry:
    body: dict[str, object] = {"alert": shape}
    if isinstance(event, AlertUpdated):
        body["change"] = event.change
    return FeedEntry(type=FRAME_TYPES[type(event)], alert_id=event.alert_id, body=body, at=at)


def nudge(organization_id: int) -> None:
    """Wake the readers of an organization's feed. Without Redis they look again by themselves."""
    try:
        async_to_sync(get_channel_layer().group_send)(
            GROUP, {"type": "feed.grew", "organization_id": organization_id}
        )
    except (RedisError, OSError) as error:
        logger.warning("no live nudge (%s): open pages look again within seconds", error)
