"""A check for drift: begun, fed with what was seen of each subject, judged as a whole."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
from django.db import transaction

from mlops.drift.comparing import Comparison, Histogram
from mlops.drift.judging import Asked, Judged, conclude
from mlops.drift.planning import Plan
from mlops.drift.several import holm
from mlops.events import DriftChecked, DriftDetected
from mlops.models import DriftCheck, DriftFinding
from mlops.services.stages import Who
from smartmaint.accounts.models import Organization
from smartmaint.events.context import current_correlation_id
from smartmaint.events.outbox import publish

MEASURES = ("ks", "p", "psi", "psi_by_chance", "worth", "median", "median_before", "shift", "spread")

Outcome = DriftFinding.Outcome


@dataclass(frozen=True, kw_only=True)
class Subject:
    """A sensor, or an input of a model: what is looked at, and how people call it."""

    purpose: str
    scope: str
    name: str
    input: str = ""
    unit: str = ""
    version_id: int | None = None


@dataclass(frozen=True, kw_only=True)
class Look:
    """What was seen of a subject: a comparison, or an outcome at once. `notes` are said beside a drift."""

    subject: Subject
    found: Comparison | Judged
    plan: Plan | None = None
    readings: int = 0
    notes: list[str] = field(default_factory=list)


@transaction.atomic
def begin_check(
    *,
    organization_id: int,
    cause: str,
    by: Who,
    asked: Asked,
    subjects: int,
    at: datetime,
    window_minutes: int | None = None,
    whole: bool = False,
) -> tuple[DriftCheck, bool]:
    """Return a new check and true; where everything is to be checked and is being checked: that and false."""
    if whole:
        Organization.objects.select_for_update(no_key=True).get(pk=organization_id)
        running = DriftCheck.objects.filter(organization=organization_id, whole=True)
        if same := running.filter(state=DriftCheck.State.RUNNING).first():
            return same, False
    check = DriftCheck.objects.create(
        organization_id=organization_id,
        cause=cause,
        whole=whole,
        threshold=asked.threshold,
        min_samples=asked.min_samples,
        window_minutes=window_minutes,
        subjects=subjects,
        correlation_id=current_correlation_id(),
        actor=(by if isinstance(by, str) else by.name)[:100],
        started_at=at,
    )
    return check, True


def asked_of(check: DriftCheck) -> Asked:
    return Asked(check.threshold, check.min_samples)


def note_looks(*, check: DriftCheck, looks: Sequence[Look], at: datetime) -> None:
    """Keep what was seen; it is judged when all is seen, as the correction needs every test."""
    DriftFinding.objects.bulk_create(_finding(check, look, at) for look in looks)
    check.looked += len(looks)
    check.save(update_fields=["looked"])


def _finding(check: DriftCheck, look: Look, at: datetime) -> DriftFinding:
    row = DriftFinding(
        organization_id=check.organization_id,
        drift_check=check,
        found_at=at,
        readings=look.readings,
        outcome=Outcome.MEASURED,
        reasons=list(look.notes),
        **asdict(look.subject),
    )
    row.name, row.input = row.name[:330], row.input[:100]
    _set_plan(row, look.plan)
    if isinstance(look.found, Comparison):
        _set_measures(row, look.found)
    else:
        row.outcome, row.reasons = look.found.outcome.value, list(look.found.reasons)
    return row


def _set_plan(row: DriftFinding, plan: Plan | None) -> None:
    if plan is None:
        return
    row.window_from, row.window_until = plan.window.since, plan.window.until
    row.blocks, row.same_hours = len(plan.blocks), plan.same_hours
    if plan.blocks:
        row.reference_from, row.reference_until = plan.blocks[0].since, plan.blocks[-1].until


def _set_measures(row: DriftFinding, found: Comparison) -> None:
    for measure in (*MEASURES, "excess"):
        setattr(row, measure, getattr(found, measure))
    row.histogram = asdict(found.histogram)


@transaction.atomic
def conclude_check(*, check: DriftCheck, at: datetime) -> list[DriftFinding]:
    """Judge what was seen, let it be what counts now, and tell of each drift. Return the findings."""
    findings = list(check.findings.select_for_update().order_by("pk"))
    _judge(check, [row for row in findings if row.outcome == Outcome.MEASURED])
    _succeed(check, findings)
    drifted = [row for row in findings if row.outcome == Outcome.DRIFTED]
    check.state, check.ended_at, check.drifted = DriftCheck.State.DONE, at, len(drifted)
    check.save(update_fields=["state", "ended_at", "drifted"])
    _tell(check, drifted)
    return findings


def _judge(check: DriftCheck, measured: Sequence[DriftFinding]) -> None:
    corrected = holm(np.array([row.p for row in measured], dtype=float))
    for row, p in zip(measured, corrected.tolist(), strict=True):
        judged = conclude(_comparison(row), p, len(measured), asked_of(check))
        row.p_corrected, row.outcome = p, judged.outcome.value
        drifted = judged.outcome.value == Outcome.DRIFTED
        row.reasons = [*judged.reasons, *(row.reasons if drifted else [])]


def _comparison(row: DriftFinding) -> Comparison:
    values: dict[str, Any] = {measure: getattr(row, measure) for measure in MEASURES}
    return Comparison(**values, histogram=Histogram(**row.histogram))


def _succeed(check: DriftCheck, findings: Sequence[DriftFinding]) -> None:
    """Let the findings be the newest of their subjects. A drift goes on since it was first found."""
    Organization.objects.select_for_update(no_key=True).get(pk=check.organization_id)
    scopes = {row.scope for row in findings}
    rows = DriftFinding.objects.filter(organization=check.organization_id, scope__in=scopes).current()
    before = {row.key: row for row in rows}
    for row in findings:
        last = before.get(row.key)
        row.current = True
        if row.outcome == Outcome.DRIFTED:
            row.since = (last.since if last else None) or row.window_from
    succeeded = [before[row.key].pk for row in findings if row.key in before]
    DriftFinding.objects.filter(pk__in=succeeded).update(current=False)
    fields = ["outcome", "reasons", "p_corrected", "since", "current"]
    DriftFinding.objects.bulk_update(findings, fields, batch_size=500)


def _tell(check: DriftCheck, drifted: Iterable[DriftFinding]) -> None:
    together: dict[tuple[str, str], list[int]] = defaultdict(list)
    for row in drifted:
        together[row.purpose, row.scope].append(row.pk)
    envelope: dict[str, Any] = {
        "organization_id": check.organization_id,
        "correlation_id": check.correlation_id,
    }
    told = [
        DriftDetected(**envelope, check_id=check.pk, purpose=purpose, scope=scope, finding_ids=ids)
        for (purpose, scope), ids in together.items()
    ]
    publish(DriftChecked(**envelope, check_id=check.pk), *told)
