from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import uuid4

import factory
from django.utils import timezone
from factory.django import DjangoModelFactory
from psycopg.types.range import Range

from maintenance.models import (
    Absence,
    Action,
    Decision,
    Forecast,
    Holiday,
    Joining,
    MaintenanceTask,
    Notification,
    Prediction,
    Shift,
    Skill,
    Technician,
)
from tests.accounts.factories import OrganizationFactory
from tests.anomalies.factories import AlertFactory
from tests.sensors.factories import AssetFactory, SensorFactory, SiteFactory

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)  # a Monday
WEEKDAYS = range(5)


class SkillFactory(DjangoModelFactory):
    class Meta:
        model = Skill

    organization = factory.SubFactory(OrganizationFactory)
    code = "vibration"
    name = factory.LazyAttribute(lambda skill: skill.code.title())


class TechnicianFactory(DjangoModelFactory):
    """A technician without shifts, so never free; `working(...)` makes one who works."""

    class Meta:
        model = Technician

    site = factory.SubFactory(SiteFactory)
    organization = factory.SelfAttribute("site.organization")
    name = factory.Sequence(lambda n: f"Technician {n}")
    email = factory.LazyAttribute(lambda one: f"{one.name.lower().replace(' ', '.')}@example.com")


def working(
    site: object,
    name: str,
    *,
    hours: tuple[time, time] = (time(8), time(16)),
    days: range = WEEKDAYS,
    skills: tuple[str, ...] = (),
    works_on_holidays: bool = False,
) -> Technician:
    """Employ a technician at the site with the same shift on each of the days."""
    technician = TechnicianFactory(site=site, name=name)
    for day in days:
        Shift.objects.create(
            technician=technician,
            weekday=day,
            starts_at=hours[0],
            ends_at=hours[1],
            works_on_holidays=works_on_holidays,
        )
    for code in skills:
        skill, _ = Skill.objects.get_or_create(
            organization=technician.organization, code=code, defaults={"name": code}
        )
        technician.skills.add(skill)
    return technician


class AbsenceFactory(DjangoModelFactory):
    class Meta:
        model = Absence

    technician = factory.SubFactory(TechnicianFactory)
    period = Range(NOW - timedelta(days=30), NOW + timedelta(days=90))
    reason = "on leave"


class HolidayFactory(DjangoModelFactory):
    class Meta:
        model = Holiday

    organization = factory.SubFactory(OrganizationFactory)
    date = NOW.date()
    name = "Founders' day"


class PredictionFactory(DjangoModelFactory):
    class Meta:
        model = Prediction

    alert = factory.SubFactory(AlertFactory, verdict="confirmed", confidence=0.9)
    organization = factory.SelfAttribute("alert.organization")
    outcome = Prediction.Outcome.NO_LIMIT
    reasons = factory.LazyFunction(lambda: ["No limit is set for this sensor."])
    method = "newest trend, four laws of wear, 3"
    correlation_id = factory.SelfAttribute("alert.correlation_id")
    predicted_at = NOW


class DecisionFactory(DjangoModelFactory):
    """The policy has decided to plan two hours of work within a week."""

    class Meta:
        model = Decision

    asset = factory.SubFactory(AssetFactory)
    organization = factory.SelfAttribute("asset.organization")
    title = factory.LazyAttribute(lambda decision: f"Inspect {decision.asset}")
    action = Action.PLAN
    status = Decision.Status.AUTOMATIC
    rule_name = "Well supported"
    work_hours = 2
    due_at = NOW + timedelta(days=7)
    correlation_id = factory.LazyFunction(uuid4)
    decided_at = NOW


class QuestionFactory(DecisionFactory):
    """A person is asked."""

    action = Action.ASK
    status = Decision.Status.PENDING
    question = "Inspect the pump? It matters, but is not sure."


class JoiningFactory(DjangoModelFactory):
    """A decision for another alert of the machine, which is part of the visit of the first."""

    class Meta:
        model = Joining

    visit = factory.SubFactory(DecisionFactory)
    decision = factory.SubFactory(
        DecisionFactory,
        asset=factory.SelfAttribute("..visit.asset"),
        alert=factory.SubFactory(AlertFactory, asset=factory.SelfAttribute("..asset"), verdict="confirmed"),
        status=Decision.Status.JOINED,
    )
    reason = "Also: inspect the pump."
    at = NOW


class TaskFactory(DjangoModelFactory):
    class Meta:
        model = MaintenanceTask

    asset = factory.SubFactory(AssetFactory)
    organization = factory.SelfAttribute("asset.organization")
    technician = factory.SubFactory(TechnicianFactory, site=factory.SelfAttribute("..asset.site"))
    period = Range(NOW + timedelta(hours=1), NOW + timedelta(hours=3))
    title = "Inspect the pump"
    correlation_id = factory.LazyFunction(uuid4)
    booked_at = NOW


class NotificationFactory(DjangoModelFactory):
    class Meta:
        model = Notification

    organization = factory.SubFactory(OrganizationFactory)
    key = factory.Sequence(lambda n: f"event-{n}:ana@example.com")
    channel = Notification.Channel.EMAIL
    recipient = "ana@example.com"
    subject = "Mon 02 Mar 13:00: Inspect the pump"
    body = "Inspect the pump."
    due_at = NOW
    correlation_id = factory.LazyFunction(uuid4)
    created_at = NOW


class ForecastFactory(DjangoModelFactory):
    """A forecast of two quarters of an hour that was made just now."""

    class Meta:
        model = Forecast

    sensor = factory.SubFactory(SensorFactory)
    organization = factory.SelfAttribute("sensor.organization")
    state = Forecast.State.READY
    cadence_minutes, horizon_steps, history_window = 15, 96, 2000
    method = "ridge-linear"
    steps = factory.LazyFunction(lambda: [[2.0, 1.5, 2.5], [2.1, 1.4, 2.8]])
    back_test = factory.LazyFunction(list)
    correlation_id = factory.LazyFunction(uuid4)
    starts_at = factory.LazyFunction(timezone.now)
    asked_at = made_at = factory.LazyFunction(timezone.now)
    expires_at = factory.LazyFunction(lambda: timezone.now() + timedelta(minutes=15))
