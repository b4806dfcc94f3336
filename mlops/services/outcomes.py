"""Labels: what people found is kept, counted, and takes a champion out of service that has got worse."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from django.db import transaction

from mlops.models import ModelVersion, Outcome
from mlops.precision import Label, Tally, has_fallen, tally
from mlops.services.promoting import roll_back, served_before
from mlops.services.stages import Who

HOUR = timedelta(hours=1)
REVIEW = "review of precision"


@dataclass(frozen=True, kw_only=True)
class Told:
    """What somebody found, before it is kept; see Outcome for the fields."""

    scope: str
    origin: str
    source: str
    finding: str
    found_at: datetime
    raised_at: datetime | None = None
    version: ModelVersion | None = None
    subject: str = ""
    failure_mode: str = ""
    purpose: str = "anomaly"


@transaction.atomic
def record_outcome(*, organization_id: int, told: Told, at: datetime, by: Who) -> Outcome:
    """Keep a label and look whether the champion that it judges still deserves to serve.

    The same `origin` heard twice counts once. What a technician found at the machine takes the place of what
    was said of the same subject from the screen, whichever comes first.
    """
    values = {one.name: getattr(told, one.name) for one in fields(told) if one.name != "origin"}
    values["failure_mode"] = told.failure_mode.upper()[:16]
    actor = (by if isinstance(by, str) else by.name)[:100]
    outcome, new = Outcome.objects.get_or_create(
        organization_id=organization_id,
        origin=told.origin,
        defaults={**values, "recorded_at": at, "actor": actor},
    )
    if new:
        _let_the_machine_speak(outcome)
        if told.version:
            review_champion(version=told.version, at=at)
    return outcome


def _let_the_machine_speak(outcome: Outcome) -> None:
    if not outcome.subject:
        return
    same = Outcome.objects.filter(organization=outcome.organization_id, subject=outcome.subject)
    if same.filter(source=Outcome.Source.TECHNICIAN).exists():
        same.filter(source=Outcome.Source.OPERATOR).update(counts=False)


@transaction.atomic
def review_champion(*, version: ModelVersion, at: datetime) -> ModelVersion | None:
    """Roll a champion back whose live precision fell below its predecessor's by more than chance.

    Return the version that serves again; None where nothing changed.
    """
    version.refresh_from_db(fields=["stage"])
    before = served_before(version) if version.stage == ModelVersion.Stage.CHAMPION else None
    if before is None:
        return None
    now, then = tally_of(version), tally_of(before)
    if not has_fallen(now, then):
        return None
    return roll_back(version=version, at=at, by=REVIEW, reason=_why(version, now, before, then))


def _why(version: ModelVersion, now: Tally, before: ModelVersion, then: Tally) -> str:
    return (
        f"By what people found, {_right(now)} of version {version.number} were right, "
        f"{_right(then)} of version {before.number}: worse by more than chance."
    )


def _right(one: Tally) -> str:
    return f"{one.hits:g} of {one.hits + one.false:g} announcements"


def tally_of(version: ModelVersion) -> Tally:
    """Return what people found of a version's announcements."""
    return tally(labels_of(Outcome.objects.counting().filter(version=version)))


def labels_of(outcomes: Iterable[Outcome]) -> list[Label]:
    return [
        Label(one.finding, one.source, (one.found_at - one.raised_at) / HOUR if one.raised_at else None)
        for one in outcomes
    ]
