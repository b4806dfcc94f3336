"""Train a model now, by hand: build its data, train, compare with the champion, promote what is better."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from mlops import attempts, datasets
from mlops.models import TrainingJob
from mlops.models.registry import Purpose
from mlops.services import give_table, request_training
from mlops.tied import become_child
from smartmaint.accounts.models import Organization
from smartmaint.accounts.problems import Unprocessable, sentence_of

LOOK = 1.0  # seconds
WHO = "command line"


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("purpose", nargs="?", help="such as failure, remaining-life or forecast")
        parser.add_argument("--scope", default="organization", help="such as sensor:7 or asset-class:pump")
        parser.add_argument("--organization", metavar="SLUG", help="default: the first")
        parser.add_argument("--table", type=Path, metavar="FILE", help="learn from this .csv or .csv.gz")
        parser.add_argument("--target", metavar="COLUMN", help="of the table: which rows failed, 0 or 1")
        parser.add_argument("--without", nargs="*", default=[], metavar="COLUMN", help="no inputs")
        parser.add_argument("--job", type=int, help="a training that was asked for (the worker's way)")
        parser.add_argument("--parent", type=int, help="end when this process does")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["parent"]:
            become_child(options["parent"])
        if options["job"]:
            attempts.run(options["job"], say=lambda step: None, now=timezone.now)
        else:
            self._by_hand(**options)

    def _by_hand(self, *, purpose: str | None, scope: str, organization: str | None, **given: Any) -> None:
        if purpose not in datasets.known():
            raise CommandError(f"Train for what? Known: {', '.join(datasets.known()) or 'nothing yet'}.")
        organization_id = _organization(organization).pk
        if given["table"] or given["target"] or given["without"]:
            self._give(purpose, organization_id, scope, given["table"], given["target"], given["without"])
        job = request_training(
            organization_id=organization_id,
            purpose=purpose,
            scope=scope,
            cause=TrainingJob.Cause.HAND,
            at=timezone.now(),
            by=WHO,
        )
        job = attempts.run(job.pk, say=self.stdout.write, now=timezone.now) or self._follow(job)
        if job.state == TrainingJob.State.FAILED:
            raise CommandError(f"Failed: {job.outcome}")
        self.stdout.write(f"{job.get_state_display()}: {job.outcome}")

    def _give(
        self,
        purpose: str,
        organization_id: int,
        scope: str,
        table: Path | None,
        target: str | None,
        without: list[str],
    ) -> None:
        """Hand the table over to whichever process trains."""
        if purpose != Purpose.CLASSIFICATION or not table or not target:
            raise CommandError("A table is for classification: give --table FILE and --target COLUMN.")
        try:
            given = give_table(
                organization_id=organization_id,
                scope=scope,
                name=table.name,
                data=table.read_bytes(),
                target=target,
                without=without,
                at=timezone.now(),
                by=WHO,
            )
        except OSError as error:
            raise CommandError(f"{table} cannot be read: {error.strerror}.") from error
        except Unprocessable as error:
            raise CommandError(sentence_of(error)) from error
        self.stdout.write(f"{given.rows} rows of {given.name} are to be learnt from.")
        for warning in given.warnings:
            self.stderr.write(f"Warning: {warning}")

    def _follow(self, job: TrainingJob) -> TrainingJob:
        """Tell the steps of another process that is at it already."""
        told = ""
        while job.state in TrainingJob.OPEN:
            time.sleep(LOOK)
            job.refresh_from_db()
            if job.step not in {"", told}:
                self.stdout.write(told := job.step)
        return job


def _organization(slug: str | None) -> Organization:
    rows = Organization.objects.order_by("pk")
    found = rows.filter(slug=slug).first() if slug else rows.first()
    if found is None:
        raise CommandError(f"There is no organization {slug or ''}".rstrip() + ".")
    return found
