from __future__ import annotations

from collections.abc import Iterator

import pytest

from mlops import serving, store
from mlops.models import Model, ModelVersion
from mlops.services import roll_back
from mlops.tracking.mirror import mirror
from mlops.tracking.process import USER
from mlops.tracking.server import password, tracking_server
from tests.mlops import line

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("mlflow")]


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A real MLflow server on this machine, for all tests of this file."""
    with tracking_server() as address:
        yield address


def client(address: str):
    from mlflow import MlflowClient

    return MlflowClient(address)


def test_mlflow_gets_each_version_as_a_run_and_the_champion_as_an_alias(server, version):
    version(1.0)
    second = version(2.0)
    ModelVersion.objects.filter(pk=second.pk).update(
        metrics={"loss": 0.5}, rows=200, libraries={"numpy": "2"}
    )
    assert mirror() == 0
    known = client(server).get_model_version_by_alias("acme.forecast-sensor-7", "champion")
    run = client(server).get_run(known.run_id).data
    assert (run.params["rows"], run.params["seed"], run.metrics["loss"]) == ("200", "0", 0.5)
    assert (run.tags["sha256"], run.tags["library.numpy"]) == (second.sha256, "2")
    files = {file.path for file in client(server).list_artifacts(known.run_id, "model")}
    assert files == {"model/model.zip", "model/about.json", "model/metrics.json"}
    assert Model.objects.get().tracked == {"champion": 2}


def test_a_roll_back_moves_the_alias(server, version):
    first, second = version(1.0), version(2.0)
    assert mirror() == 0
    roll_back(version=second, at=line.AT, by="test")
    assert mirror() == 0
    first.refresh_from_db()
    known = client(server).get_model_version_by_alias("acme.forecast-sensor-7", "champion")
    assert known.run_id == first.tracking_run
    assert first.tracking_run != ""


def test_a_missing_file_comes_back_from_the_server_and_is_checked(server, version, settings):
    whole, forged = version(1.0), version(2.0)
    assert mirror() == 0
    settings.MLFLOW_TRACKING_URI = server
    for each in (whole, forged):
        each.refresh_from_db()
        store.path_of(each.sha256).unlink()
    assert serving.load(whole).slope == 1.0
    assert store.read(whole.sha256)
    forged.tracking_run = whole.tracking_run
    with pytest.raises(store.ArtifactRefused, match="the one in MLflow is not what was registered"):
        serving.load(forged)


def test_an_mlflow_that_is_away_is_told_and_tried_again(server, version, settings):
    version(1.0)
    settings.MLFLOW_TRACKING_URI = "http://127.0.0.1:9"
    assert mirror() == 1
    assert Model.objects.get().tracking_error != ""
    settings.MLFLOW_TRACKING_URI = ""
    assert mirror() == 0
    assert Model.objects.get().tracking_error == ""


def test_the_server_answers_only_to_its_own_name(server):
    import httpx

    path = f"{server}/api/2.0/mlflow/experiments/search?max_results=1"
    known = (USER, password())
    assert httpx.get(path, auth=known).status_code == 200
    assert httpx.get(path, auth=known, headers={"Host": "elsewhere.example"}).status_code == 403


def test_the_server_answers_only_to_who_knows_its_password(server):
    import httpx

    for path in ("/", "/api/2.0/mlflow/experiments/search?max_results=1", "/get-artifact?path=a&run_uuid=b"):
        assert httpx.get(server + path).status_code == 401
        assert httpx.get(server + path, auth=(USER, "guessed")).status_code == 401
    assert httpx.get(server + "/health").status_code == 200


def test_nobody_outside_is_told(server):
    from mlflow.telemetry.client import get_telemetry_client

    assert get_telemetry_client() is None
