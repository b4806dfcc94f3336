"""What the pages of models show."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet

from anomalies.scope_names import scope_names
from mlops import datasets
from mlops.models import Model, ModelChoice, ModelTransition, ModelVersion, TrainingJob, TrainingTable
from mlops.models.registry import Purpose
from mlops.standing import Standing, Standings
from reports.metric_words import SHARE, Words, words_of
from sensors.models import Asset
from smartmaint.accounts.models import Organization

LATEST = 20
TOLD = timedelta(days=7)  # a failed training is worth a look for so long
HIDDEN = {"back_test", "comparison", "measure"}

Stage = ModelVersion.Stage
FileState = ModelVersion.FileState


@dataclass(frozen=True)
class ModelRow:
    """A model in the list: what serves, is on trial, has a broken file, how good it is, what is under way."""

    model: Model
    about: str
    champion: ModelVersion | None
    challenger: ModelVersion | None
    refused: ModelVersion | None
    standing: Standing
    job: TrainingJob | None


def model_rows(organization: Organization, at: datetime) -> list[ModelRow]:
    versions = ModelVersion.objects.exclude(stage__in=(Stage.CANDIDATE, Stage.RETIRED)).order_by("-number")
    models = Model.objects.filter(organization=organization).prefetch_related(
        Prefetch("versions", versions, to_attr="shown")
    )
    rows = list(models.order_by("purpose", "scope"))
    about = scope_names(organization.pk, [model.scope for model in rows])
    jobs = {job.model_id: job for job in open_jobs(organization)}
    standings = Standings(organization, at)
    return [_row(model, about[model.scope], standings.of(model), jobs.get(model.pk)) for model in rows]


def _row(model: Any, about: str, standing: Standing, job: TrainingJob | None) -> ModelRow:
    by_stage: dict[str, ModelVersion] = {}
    for version in model.shown:
        by_stage.setdefault(version.stage, version)
    return ModelRow(
        model=model,
        about=about,
        champion=by_stage.get(Stage.CHAMPION),
        challenger=by_stage.get(Stage.CHALLENGER),
        refused=by_stage.get(Stage.REFUSED),
        standing=standing,
        job=job,
    )


def open_jobs(organization: Organization) -> QuerySet[TrainingJob]:
    return TrainingJob.objects.filter(organization=organization).open().order_by("asked_at")


def past_jobs(organization: Organization) -> QuerySet[TrainingJob]:
    jobs = TrainingJob.objects.filter(organization=organization).exclude(state__in=TrainingJob.OPEN)
    return jobs.select_related("version", "model").prefetch_related("tables").order_by("-ended_at")


@dataclass(frozen=True)
class Figure:
    """A figure of a version, with what it means; `value` as words where it is none."""

    words: Words
    value: Any

    @property
    def is_share(self) -> bool:
        return self.words.unit == SHARE

    @property
    def is_count(self) -> bool:
        return isinstance(self.value, int)


def figures_of(version: ModelVersion) -> list[Figure]:
    """Return a version's figures in words; what has a place of its own is left out."""
    shown = {name: value for name, value in version.metrics.items() if name not in HIDDEN}
    measure = str(version.metrics.get("measure", ""))
    plain = {name: value for name, value in shown.items() if isinstance(value, str | int | float)}
    return [Figure(words_of(name, measure), value) for name, value in plain.items()]


def transitions_of(model: Model) -> QuerySet[ModelTransition]:
    rows = ModelTransition.objects.filter(version__model=model).select_related("version", "by")
    return rows.order_by("-at", "-pk")[: 2 * LATEST]


def users_of(model: Model) -> list[tuple[str, str]]:
    """Return who uses the model, with the reason: what it was trained for, and what people chose it for."""
    newest = {
        row.subject: row
        for row in ModelChoice.objects.filter(
            organization=model.organization_id, purpose=model.purpose
        ).order_by("at", "pk")
    }
    chosen = {subject: row for subject, row in newest.items() if row.model_id == model.pk}
    names = scope_names(model.organization_id, [model.scope, *chosen])
    by_hand = [(names[subject], f"{row.actor} chose it: {row.reason}") for subject, row in chosen.items()]
    return [(names[model.scope], "it was trained for this"), *by_hand]


def trainable() -> list[tuple[str, str]]:
    """Return the purposes that a kind of machines can be trained for, with their names."""
    names = dict(Purpose.choices)
    purposes = [purpose for purpose in datasets.known() if purpose != Purpose.CLASSIFICATION]
    return [(purpose, str(names.get(purpose, purpose))) for purpose in purposes]


def waiting_tables(organization: Organization) -> QuerySet[TrainingTable]:
    """Return the newest tables of which nobody has said yet what is to be learnt."""
    return TrainingTable.objects.filter(organization=organization, target="").order_by("-given_at")[:5]


def classes_of(organization: Organization) -> list[tuple[str, str]]:
    """Return the kinds of machines that can be trained for, with their names."""
    machines = Asset.objects.filter(organization=organization, sensors__isnull=False).exclude(asset_class="")
    kinds = machines.order_by("asset_class").values_list("asset_class", flat=True).distinct()
    return [(f"asset-class:{kind}", f"every {kind}") for kind in kinds]


def broken_files(organization: Organization) -> QuerySet[ModelVersion]:
    """Return refused versions of models whose file is still not what was registered."""
    rows = ModelVersion.objects.filter(model__organization=organization, stage=Stage.REFUSED)
    return rows.filter(file_state__in=(FileState.CHANGED, FileState.MISSING)).select_related("model")


def failed_trainings(organization: Organization, at: datetime) -> QuerySet[TrainingJob]:
    """Return the failed trainings that no later one has made up for."""
    newest = TrainingJob.objects.filter(organization=organization, ended_at__gt=at - TOLD)
    last = newest.order_by("purpose", "scope", "-ended_at").distinct("purpose", "scope").values("pk")
    return TrainingJob.objects.filter(pk__in=last, state=TrainingJob.State.FAILED).select_related("model")
