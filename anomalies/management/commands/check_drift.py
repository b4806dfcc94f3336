"""Check for drift: all sensors and model inputs of an organization, or one sensor."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import F
from django.utils import timezone

from anomalies.drifting.checks import Cause, advance_check, check_sensor, start_check
from anomalies.drifting.looking import Wish
from mlops.drift.judging import Asked
from mlops.models import DriftCheck, DriftFinding
from sensors.models import Sensor
from smartmaint.accounts.models import Organization

BY = "command line"


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--organization", metavar="SLUG", help="default: the first")
        parser.add_argument("--sensor", metavar="CODE", help="only this one")
        parser.add_argument("--window-minutes", type=int, help="of one sensor; default: by how much is known")

    def handle(self, *args: Any, **options: Any) -> None:
        organization = _organization(options["organization"])
        if options["sensor"]:
            self._check_one(organization, options["sensor"], options["window_minutes"])
        else:
            self._check_all(organization)

    def _check_one(self, organization: Organization, code: str, minutes: int | None) -> None:
        sensor = Sensor.objects.filter(organization=organization, code=code).select_related("asset").first()
        if sensor is None:
            raise CommandError(f"{organization} has no sensor {code}.")
        if minutes is not None and minutes < 1:
            raise CommandError("A window has at least 1 minute.")
        wish = Wish(timezone.now(), Asked(), timedelta(minutes=minutes) if minutes else None)
        found = check_sensor(sensor=sensor, cause=Cause.HAND, by=BY, wish=wish)
        self._tell(found.drift_check.findings.order_by("pk"))

    def _check_all(self, organization: Organization) -> None:
        check = start_check(organization_id=organization.pk, cause=Cause.HAND, by=BY, at=timezone.now())
        while check.state == DriftCheck.State.RUNNING:
            advance_check(
                organization_id=organization.pk, check_id=check.pk, step=check.step, at=timezone.now()
            )
            check.refresh_from_db()
            self.stderr.write(f"{check.looked} of {check.subjects} looked at")
        self._tell(check.findings.order_by(F("excess").desc(nulls_last=True), "pk"))

    def _tell(self, findings: Iterable[DriftFinding]) -> None:
        findings = list(findings)
        for row in findings:
            self.stdout.write(f"{row.get_outcome_display():15} {row.name}{_figures(row)}")
            self.stdout.write(f"{'':15} {' '.join(row.reasons)}")
        drifted = sum(row.outcome == DriftFinding.Outcome.DRIFTED for row in findings)
        self.stdout.write(f"{drifted} of {len(findings)} have drifted.")


def _figures(row: DriftFinding) -> str:
    if row.ks is None:
        return ""
    return f"  KS {row.ks:.3f}  p {row.p_corrected:.2g}  PSI {row.psi:.3f}"


def _organization(slug: str | None) -> Organization:
    rows = Organization.objects.order_by("pk")
    found = rows.filter(slug=slug).first() if slug else rows.first()
    if found is None:
        raise CommandError(f"There is no organization {slug or ''}".rstrip() + ".")
    return found
