"""What people found becomes a label, moves thresholds a little, and is remembered as a case."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import uuid4

from django.db import transaction

from anomalies.adaptation import LEAST_SHARE, step
from anomalies.cases import features_of
from anomalies.choices import ORGANIZATION, chosen_for, scope_of_asset
from anomalies.models import Alert, Case, ThresholdStep
from anomalies.services.choosing import first_version
from mlops.models import ModelVersion, Outcome
from mlops.services import Told, record_outcome
from sensors.models import Asset
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict, Unprocessable

TECHNICIAN, OPERATOR = Outcome.Source.TECHNICIAN, Outcome.Source.OPERATOR
MISSED, FALSE = Outcome.Finding.MISSED, Outcome.Finding.FALSE


@transaction.atomic
def learn_from_finding(
    *,
    asset: Asset,
    alert: Alert | None,
    finding: str,
    origin: str,
    by: Caller,
    found_at: datetime,
    at: datetime,
    source: str = TECHNICIAN,
    failure_mode: str = "",
    notes: str = "",
) -> None:
    """Keep what was found at a machine, or said of an alert from the screen. Heard twice, it counts once."""
    organization_id = asset.organization_id
    if Outcome.objects.filter(organization=organization_id, origin=origin).exists():
        return
    said: dict[str, Any] = {
        "origin": origin,
        "source": source,
        "finding": finding,
        "failure_mode": failure_mode,
    }
    told = Told(**said, **_judged(asset, alert, finding, at), found_at=found_at)
    record_outcome(organization_id=organization_id, told=told, at=at, by=by)
    _adapt(asset, alert, finding, source, by, at)
    if alert:
        remember_case(alert=alert, by=by, at=at, finding=finding, failure_mode=failure_mode, notes=notes)


def _judged(asset: Asset, alert: Alert | None, finding: str, at: datetime) -> dict[str, Any]:
    """Return what the finding is about: where, which alert, and which settings."""
    return {
        "scope": scope_of_asset(asset.pk),
        "subject": f"alert:{alert.pk}" if alert else "",
        "raised_at": alert.raised_at if alert else None,
        "version": _version(asset, alert, finding, at),
    }


def _version(asset: Asset, alert: Alert | None, finding: str, at: datetime) -> ModelVersion | None:
    """Return the settings that the finding judges: those of the alert, or those in force where none came.

    What a fixed limit or a sensor's own trouble raised says nothing of them.
    """
    if alert is None and finding != MISSED:
        return None
    if alert and alert.cause != Alert.Cause.ABNORMAL_BEHAVIOUR:
        return None
    if alert and alert.settings_version:
        return alert.settings_version
    if alert is None and (own := _in_force(asset)):
        return own
    return first_version(organization_id=asset.organization_id, scope=ORGANIZATION, at=at)


def _in_force(asset: Asset) -> ModelVersion | None:
    version_id = chosen_for(asset.organization_id, [asset.pk])[asset.pk].version_id
    return ModelVersion.objects.get(pk=version_id) if version_id else None


@transaction.atomic
def report_missed(
    *,
    asset: Asset,
    by: Caller,
    found_at: datetime,
    at: datetime,
    failure_mode: str = "",
    notes: str = "",
) -> None:
    """Say that a machine failed and nothing had announced it, so that recall can be counted.

    Raises:
        Unprocessable: the moment has not come yet.
    """
    if found_at > at:
        raise Unprocessable({"found_at": "The failure cannot have been found in the future."})
    learn_from_finding(
        asset=asset,
        alert=None,
        finding=MISSED,
        origin=f"report:{uuid4()}",
        by=by,
        found_at=found_at,
        at=at,
        failure_mode=failure_mode,
        notes=notes,
    )


def _adapt(asset: Asset, alert: Alert | None, finding: str, source: str, by: Caller, at: datetime) -> None:
    """Move thresholds by the rule of anomalies.adaptation; what the screen said gives way to the machine."""
    if alert and source == TECHNICIAN:
        said = ThresholdStep.objects.standing().filter(alert=alert)
        said.update(undone_at=at, undone_by="what was found at the machine")
    change = step(finding, source)
    if not change or (alert and alert.cause != Alert.Cause.ABNORMAL_BEHAVIOUR):
        return
    sensors = _blamed(alert) if alert and finding == FALSE else [None]
    words = "a false alarm" if finding == FALSE else "a failure that was not announced"
    ThresholdStep.objects.bulk_create(
        ThresholdStep(
            organization_id=asset.organization_id,
            asset=asset,
            sensor_id=sensor,
            alert=alert,
            change=change,
            reason=f"{words}, by {'a technician' if source == TECHNICIAN else 'an operator'}",
            actor=by.name[:100],
            at=at,
        )
        for sensor in sensors
    )


def _blamed(alert: Alert) -> list[int | None]:
    rows = alert.alert_sensors.filter(share__gte=LEAST_SHARE).order_by("sensor_id")
    return list(rows.values_list("sensor_id", flat=True))


@transaction.atomic
def undo_step(*, step: ThresholdStep, by: Caller, at: datetime) -> ThresholdStep:
    """Take a threshold's move back.

    Raises:
        Conflict: it was taken back already.
    """
    step.refresh_from_db(from_queryset=ThresholdStep.objects.select_for_update(no_key=True))
    if step.undone_at:
        raise Conflict(f"It was taken back already, by {step.undone_by}.")
    step.undone_at, step.undone_by = at, by.name[:100]
    step.save(update_fields=["undone_at", "undone_by"])
    return step


@transaction.atomic
def remember_case(
    *, alert: Alert, by: Caller, at: datetime, finding: str = "", failure_mode: str = "", notes: str = ""
) -> Case:
    """Keep what an alert was, so that it is found when the same comes back; the machine's word stays."""
    features = features_of(alert)
    values = {
        "organization_id": alert.organization_id,
        "asset_class": features.asset_class,
        "kinds": features.kinds,
        "shape": list(features.shape),
        "finding": finding,
        "failure_mode": failure_mode.upper()[:16],
        "notes": notes,
        "actor": by.name[:100],
        "at": at,
    }
    case, _ = Case.objects.update_or_create(alert=alert, defaults=values)
    return case
