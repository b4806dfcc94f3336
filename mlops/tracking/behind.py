"""What MLflow does not have yet: state, so that nothing is lost while it is away."""

from __future__ import annotations

from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from mlops.models import Model, ModelVersion

ALIASES = (ModelVersion.Stage.CHAMPION, ModelVersion.Stage.CHALLENGER)
MOST = 500  # at once


def models_behind() -> list[Model]:
    """Return the models of which MLflow lacks a version or has another champion or challenger."""
    untold = ModelVersion.objects.filter(model=OuterRef("pk"), tracking_run="")
    rows = Model.objects.select_related("organization").annotate(untold=Exists(untold)).order_by("pk")
    aliases = _aliases()
    behind: list[Model] = []
    behind += [row for row in rows.iterator() if row.untold or row.tracked != aliases.get(row.pk, {})][:MOST]
    return behind


def is_behind() -> bool:
    return bool(models_behind())


def _aliases() -> dict[int, dict[str, int]]:
    """Return which version bears which alias, by model."""
    found: dict[int, dict[str, int]] = {}
    staged = ModelVersion.objects.filter(stage__in=ALIASES).values_list("model", "stage", "number")
    for model_id, stage, number in staged:
        found.setdefault(model_id, {})[stage] = number
    return found


def aliases_of(model: Model) -> dict[str, int]:
    return dict(model.versions.filter(stage__in=ALIASES).values_list("stage", "number"))


def untold(model: Model) -> QuerySet[ModelVersion]:
    return model.versions.filter(tracking_run="").order_by("number")


def note(model: Model, **values: Any) -> None:
    Model.objects.filter(pk=model.pk).update(**values)
