"""Checks for drift: of one sensor at once, of all of an organization in portions, by the clock once a day."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet

from anomalies.drifting.looking import Look, Wish, look_at_inputs, look_at_sensor
from mlops.drift.judging import Asked
from mlops.events import DriftCheckAdvanced
from mlops.models import DriftCheck, DriftFinding, ModelVersion
from mlops.services.drift_answers import fail_stalled, prune_findings
from mlops.services.drifting import asked_of, begin_check, conclude_check, note_looks
from mlops.services.stages import Who
from sensors.models import Sensor
from smartmaint.accounts.models import Organization
from smartmaint.events.outbox import publish

PORTION = 20  # sensors: one or two seconds
EVERY = timedelta(days=1)
AT_ONCE = 100  # of so many organizations that are due one begins at each look of the clock

Cause = DriftCheck.Cause


@transaction.atomic
def check_sensor(*, sensor: Sensor, cause: str, by: Who, wish: Wish) -> DriftFinding:
    """Look at one sensor, and at the models of it alone, at once. Return what was found of the sensor."""
    looks = [look_at_sensor(sensor, wish), *_looks_at_models(_champions(sensor), wish)]
    check, _ = begin_check(
        organization_id=sensor.organization_id,
        cause=cause,
        by=by,
        asked=wish.asked,
        subjects=len(looks),
        window_minutes=int(wish.window.total_seconds() // 60) if wish.window else None,
        at=wish.at,
    )
    note_looks(check=check, looks=looks, at=wish.at)
    return conclude_check(check=check, at=wish.at)[0]


@transaction.atomic
def start_check(
    *, organization_id: int, cause: str, by: Who, at: datetime, asked: Asked | None = None
) -> DriftCheck:
    """Begin to look at everything; where that is under way already, return it."""
    fail_stalled(organization_id=organization_id, at=at)
    check, begun = begin_check(
        organization_id=organization_id,
        cause=cause,
        by=by,
        asked=asked or Asked(),
        subjects=_sensors(organization_id).count(),
        whole=True,
        at=at,
    )
    if begun:
        _go_on(check)
    return check


def _go_on(check: DriftCheck) -> None:
    publish(
        DriftCheckAdvanced(
            organization_id=check.organization_id,
            correlation_id=check.correlation_id,
            check_id=check.pk,
            step=check.step,
        )
    )


@transaction.atomic
def advance_check(*, organization_id: int, check_id: int, step: int, at: datetime) -> bool:
    """Look at the next portion, unless that was done; judge when all is seen. Return whether it goes on."""
    running = DriftCheck.objects.filter(organization=organization_id, state=DriftCheck.State.RUNNING)
    check = running.select_for_update().filter(pk=check_id, step=step).first()
    if check is None:
        return False
    wish = Wish(at, asked_of(check))
    models = _looks_at_models(_champions_of_many(organization_id), wish) if step == 0 else []
    sensors = list(_sensors(organization_id).filter(pk__gt=check.position)[:PORTION])
    note_looks(check=check, looks=[*models, *_looks_at(sensors, wish)], at=at)
    if not sensors:
        conclude_check(check=check, at=at)
        return False
    check.position, check.step = sensors[-1].pk, step + 1
    check.save(update_fields=["position", "step"])
    _go_on(check)
    return True


def _looks_at(sensors: list[Sensor], wish: Wish) -> list[Look]:
    """Look at each sensor, and at the models of it alone, which one statement finds for all."""
    models: dict[str, list[ModelVersion]] = defaultdict(list)
    for version in _champions(*sensors) if sensors else ():
        models[version.model.scope].append(version)
    looks: list[Look] = []
    for sensor in sensors:
        looks += [look_at_sensor(sensor, wish), *_looks_at_models(models[f"sensor:{sensor.pk}"], wish)]
    return looks


def _looks_at_models(versions: Iterable[ModelVersion], wish: Wish) -> list[Look]:
    return [look for version in versions for look in look_at_inputs(version, wish)]


def _sensors(organization_id: int) -> QuerySet[Sensor]:
    """Return the sensors that are judged and have said something, by primary key."""
    rows = Sensor.objects.filter(organization=organization_id, enabled=True, summary__reading_count__gt=0)
    return rows.select_related("asset").order_by("pk")


def _champions(*sensors: Sensor) -> QuerySet[ModelVersion]:
    """Return what was trained for one of these sensors alone; they are of one organization."""
    scopes = [f"sensor:{sensor.pk}" for sensor in sensors]
    return _trained(sensors[0].organization_id).filter(model__scope__in=scopes)


def _champions_of_many(organization_id: int) -> QuerySet[ModelVersion]:
    return _trained(organization_id).exclude(model__scope__startswith="sensor:")


def _trained(organization_id: int) -> QuerySet[ModelVersion]:
    rows = ModelVersion.objects.champions().with_artifact().filter(model__organization=organization_id)
    return rows.select_related("model").order_by("pk")


def start_due_checks(*, at: datetime) -> list[DriftCheck]:
    """Begin the daily check of the first organizations whose last one is a day old: not of all at once."""
    recent = DriftCheck.objects.filter(organization=OuterRef("pk"), whole=True, started_at__gt=at - EVERY)
    have = Exists(Sensor.objects.filter(organization=OuterRef("pk"), summary__reading_count__gt=0))
    due = list(Organization.objects.filter(~Exists(recent), have).order_by("pk").values_list("pk", flat=True))
    prune_findings(at=at)
    return [
        start_check(organization_id=organization_id, cause=Cause.SCHEDULE, by="schedule", at=at)
        for organization_id in due[: -(-len(due) // AT_ONCE)]
    ]
