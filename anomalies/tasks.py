"""The agents of `anomalies`."""

from __future__ import annotations

from django.utils import timezone

from anomalies import services
from anomalies.events import AlertRaised, AlertUpdated
from anomalies.models import Alert
from smartmaint.events.agents import agent


@agent(on=(AlertRaised, AlertUpdated))
def validate_alert(event: AlertRaised | AlertUpdated) -> None:
    """Judge the alert, unless its verdict still stands."""
    alert = Alert.objects.get(organization=event.organization_id, pk=event.alert_id)
    services.validate_alert(alert=alert, at=timezone.now())
