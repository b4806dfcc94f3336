"""Bringing MLflow up to date: a run for each version, a registered model with its aliases.

Only in a process of its own, which the training worker starts: MLflow's client takes a hundred megabytes.
"""

from __future__ import annotations

import logging
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mlops import store
from mlops.artifacts import ArtifactRefused
from mlops.models import Model, ModelVersion
from mlops.tracking.behind import aliases_of, models_behind, note, untold
from mlops.tracking.server import Unreachable, tracking_server

if TYPE_CHECKING:
    from mlflow import MlflowClient

logger = logging.getLogger(__name__)

FILE = "model.zip"
FOLDER = "model"
LONGEST = 5000  # characters of a value
MANNERS = {
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "20",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_LOGGING_LEVEL": "WARNING",
}


def mirror() -> int:
    """Bring MLflow up to date; return how many models are still behind, each with the reason in its row."""
    models = models_behind()
    if not models:
        return 0
    try:
        with tracking_server() as address:
            client = _client(address)
            return sum(not _bring(client, model) for model in models)
    except Unreachable as error:
        for model in models:
            note(model, tracking_error=str(error)[:500])
        logger.warning("%d models are not in MLflow yet: %s", len(models), error)
        return len(models)


def _client(address: str) -> MlflowClient:
    os.environ |= MANNERS
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=address, registry_uri=address)


def _bring(client: MlflowClient, model: Model) -> bool:
    """Tell MLflow of one model. What goes wrong is told in its row; the next try goes on from there."""
    try:
        for version in untold(model):
            run = log_version(client, model, version)
            ModelVersion.objects.filter(pk=version.pk).update(tracking_run=run)
        note(model, tracked=_set_aliases(client, model), tracking_error="")
    except Exception as error:  # whatever MLflow says: people read it, and it is tried again
        logger.warning("%s is not in MLflow yet: %s", model, error)
        note(model, tracking_error=f"{type(error).__name__}: {error}"[:500])
        return False
    return True


def name_of(model: Model) -> str:
    return f"{model.organization.slug}.{model.name}"


def log_version(client: MlflowClient, model: Model, version: ModelVersion) -> str:
    """Log a version as a run with its file, register it, and return the run's id."""
    _ensure_model(client, model)
    experiment = _experiment(client, f"{model.organization.slug}/{model.purpose}")
    tags = _tags(model, version)
    run = client.create_run(experiment, tags=tags, run_name=f"{model.name} v{version.number}")
    run_id: str = run.info.run_id
    _log_values(client, run_id, version)
    _log_files(client, run_id, version)
    client.set_terminated(run_id)
    name, source = name_of(model), f"{run.info.artifact_uri}/{FOLDER}"
    client.create_model_version(name, source, run_id=run_id, tags=tags, await_creation_for=0)
    return run_id


def _ensure_model(client: MlflowClient, model: Model) -> None:
    from mlflow.exceptions import MlflowException

    try:
        client.create_registered_model(
            name_of(model), tags={key: str(one) for key, one in model.tags.items()}
        )
    except MlflowException as error:
        if error.error_code != "RESOURCE_ALREADY_EXISTS":
            raise


def _experiment(client: MlflowClient, name: str) -> str:
    found = client.get_experiment_by_name(name)
    return str(found.experiment_id if found else client.create_experiment(name))


def _tags(model: Model, version: ModelVersion) -> dict[str, str]:
    own = {
        "smartmaint.version": version.number,
        "smartmaint.purpose": model.purpose,
        "smartmaint.scope": model.scope,
        "smartmaint.by": version.actor,
        "sha256": version.sha256,
    }
    libraries = {f"library.{name}": number for name, number in version.libraries.items()}
    return {key: str(value)[:LONGEST] for key, value in {**model.tags, **own, **libraries}.items()}


def _log_values(client: MlflowClient, run_id: str, version: ModelVersion) -> None:
    from mlflow.entities import Metric, Param

    window = {"data_from": version.data_from, "data_until": version.data_until, "rows": version.rows}
    chosen = {"algorithm": version.algorithm, "seed": version.seed, **window, **version.settings}
    params = [Param(name, str(value)[:LONGEST]) for name, value in chosen.items()]
    at = int(version.created_at.timestamp() * 1000)
    numbers = {name: value for name, value in version.metrics.items() if isinstance(value, int | float)}
    client.log_batch(run_id, [Metric(name, float(one), at, 0) for name, one in numbers.items()], params)


def _log_files(client: MlflowClient, run_id: str, version: ModelVersion) -> None:
    about: dict[str, Any] = {"features": version.features, "signature": version.signature}
    client.log_dict(run_id, about | {"sha256": version.sha256}, f"{FOLDER}/about.json")
    client.log_dict(run_id, version.metrics, f"{FOLDER}/metrics.json")
    if not version.sha256:
        return
    try:
        data = store.read(version.sha256)
    except ArtifactRefused as refusal:
        client.set_tag(run_id, "smartmaint.file", str(refusal))
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / FILE
        path.write_bytes(data)
        client.log_artifact(run_id, str(path), FOLDER)


def _set_aliases(client: MlflowClient, model: Model) -> dict[str, int]:
    """Give the aliases to the versions that bear them here; return them."""
    name, wanted = name_of(model), aliases_of(model)
    for alias in set(model.tracked) - set(wanted):
        client.delete_registered_model_alias(name, alias)
    runs = {one.run_id: one.version for one in client.search_model_versions(f"name = '{name}'")}
    for alias, number in wanted.items():
        run = model.versions.get(number=number).tracking_run
        client.set_registered_model_alias(name, alias, runs[run])
    return wanted
