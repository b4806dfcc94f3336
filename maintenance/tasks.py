"""The agents of `maintenance`, in the order of the chain."""

from __future__ import annotations

import time

from celery import shared_task
from django.utils import timezone

from anomalies.events import AlertConfirmed, AlertDismissed, AlertEnded
from anomalies.models import Alert
from maintenance import services
from maintenance.events import (
    ActionDecided,
    DecisionRequested,
    FailurePredicted,
    ForecastRequested,
    NotificationQueued,
    TaskCancelled,
    TaskMoved,
    TaskScheduled,
    TechnicianReleased,
    VisitExtended,
)
from maintenance.models import Decision, Forecast, Prediction
from maintenance.outlook import Wish
from maintenance.services import forecasting
from mlops.asking import Json, answers
from mlops.events import ModelRefused, ModelRolledBack, TrainingFailed
from sensors.models import Sensor
from smartmaint.events.agents import agent
from smartmaint.events.event import Event

SENDING_TIME = 60.0  # seconds, well below the time limit of a task
ESTIMATING_TIME = 10.0  # seconds: others wait for the worker; what is left is due again soon


@agent(on=AlertConfirmed)
def predict_failure(event: AlertConfirmed) -> None:
    from maintenance.services import predicting  # numpy: only in a worker that predicts

    alert = Alert.objects.select_related("asset", "subject_sensor").get(
        organization=event.organization_id, pk=event.alert_id
    )
    predicting.predict_failure(alert=alert, at=timezone.now())


@agent(on=FailurePredicted)
def decide_action(event: FailurePredicted) -> None:
    predictions = Prediction.objects.select_related("organization", "alert__asset", "alert__subject_sensor")
    prediction = predictions.get(organization=event.organization_id, pk=event.prediction_id)
    services.decide_action(prediction=prediction, at=timezone.now())


@agent(on=ActionDecided)
def schedule_task(event: ActionDecided) -> None:
    decision = Decision.objects.get(organization=event.organization_id, pk=event.decision_id)
    services.schedule_task(decision=decision, at=timezone.now())


@agent(
    on=(
        AlertConfirmed,
        AlertEnded,
        AlertDismissed,
        DecisionRequested,
        TaskScheduled,
        VisitExtended,
        TaskMoved,
        TechnicianReleased,
        TaskCancelled,
        ModelRefused,
        ModelRolledBack,
        TrainingFailed,
    )
)
def notify_people(event: Event) -> None:
    services.announce(event=event, at=timezone.now())


@agent(on=NotificationQueued, transactional=False)
def deliver_notification(event: NotificationQueued) -> None:
    """Send outside any transaction; what fails is due again by its own row, not by the event."""
    services.deliver_notification(notification_id=event.notification_id, at=timezone.now())


@shared_task(name="maintenance.deliver_due")
def deliver_due() -> None:
    """Send again what failed or whose sender died."""
    started = time.monotonic()
    services.deliver_due(at=timezone.now(), may_go_on=lambda: time.monotonic() - started < SENDING_TIME)


@shared_task(name="maintenance.resume_deferred")
def resume_deferred() -> None:
    services.resume_deferred(at=timezone.now())


@agent(on=ForecastRequested)
def make_forecast(event: ForecastRequested) -> None:
    from maintenance.services import looking_ahead  # numpy: only in a worker that forecasts

    forecast = Forecast.objects.filter(organization=event.organization_id, pk=event.forecast_id).first()
    if forecast:
        looking_ahead.make_forecast(forecast=forecast, at=timezone.now())


@answers("maintenance.forecast_now")
def forecast_now(question: Json) -> Json:
    """Make a forecast for somebody who waits, or find the kept one; the answer names its row."""
    from maintenance.services import looking_ahead

    sensor = Sensor.objects.get(organization=question["organization_id"], pk=question["sensor_id"])
    made = looking_ahead.forecast_now(sensor=sensor, wish=Wish(*question["wish"]), at=timezone.now())
    return {"forecast_id": made.pk}


@shared_task(name="maintenance.forget_forecasts")
def forget_forecasts() -> None:
    forecasting.forget_forecasts(at=timezone.now())


@shared_task(name="maintenance.estimate_failures")
def estimate_failures() -> None:
    from maintenance.services import estimating  # numpy: only in a worker that predicts

    started = time.monotonic()
    estimating.estimate_failures(
        at=timezone.now(), may_go_on=lambda: time.monotonic() - started < ESTIMATING_TIME
    )
