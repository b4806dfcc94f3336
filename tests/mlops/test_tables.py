"""From a table of people's own to a model that programs ask: given, checked, learnt, compared, served."""

from __future__ import annotations

import csv
import gzip
import io

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from mlops import serving, store
from mlops.models import ModelVersion, TrainingJob, TrainingTable
from mlops.predictors.classification import Table
from mlops.services import give_table
from mlops.tables.leaks import leaks_of
from mlops.tables.sheets import BadTable, read_table
from mlops.tables.splitting import held_out
from smartmaint.accounts.problems import Unprocessable
from tests.asking import answer_at_once
from tests.mlops.test_classification import USUAL, presses

SCOPE, TARGET = "table:presses", "Press failure"


def written(table: Table, **more) -> bytes:
    """Return the table as a CSV file with a number for each row, and what is given `more` by name."""
    columns = {"id": range(1, len(table.failed) + 1), **table.columns, **more, TARGET: table.failed * 1}
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows(zip(*columns.values(), strict=True))
    return out.getvalue().encode()


@pytest.fixture
def train(organization, settings, tmp_path):
    """Train from a file by the command, as people do."""
    settings.MODELS_DIR = tmp_path / "models"
    serving.forget()

    def train(data: bytes, *, target: str = TARGET, scope: str = SCOPE) -> TrainingJob:
        path = tmp_path / "presses.csv.gz"
        path.write_bytes(data)
        options = {"scope": scope, "table": path, "target": target, "without": ["id"]}
        call_command("train", "classification", organization=organization.slug, **options)
        return TrainingJob.objects.latest("pk")

    return train


@pytest.mark.django_db
@pytest.mark.xdist_group("asking")
def test_a_table_becomes_a_model_that_answers_programs(train, api, monkeypatch):
    answer_at_once(monkeypatch)
    job = train(gzip.compress(written(presses(500, 1))))
    version = job.version
    assert (job.state, version.stage) == ("promoted", ModelVersion.Stage.CHAMPION)
    assert version.metrics["average_precision"] > 0.8
    given = TrainingTable.objects.get()
    assert (version.settings["table_sha256"], version.data_until) == (given.sha256, given.given_at)
    body = {"model_name": "classification-table-presses", "features": {**USUAL, "force": 75.0}}
    said = api("ml:predict").post("/api/v1/ml/predict", {**body, "explain": True}).json()
    assert said["prediction"] > 0.8
    assert said["contributions"][0]["feature"] == "force"
    body["features"] = {"colour": "red", **{name: USUAL[name] for name in ("grade", "force", "humidity")}}
    refused = api("ml:predict").post("/api/v1/ml/predict", body)
    fields = {one["field"] for one in refused.json()["errors"]}
    assert (refused.status_code, fields) == (422, {"features.speed", "features.colour"})


@pytest.mark.django_db
def test_the_champion_stays_unless_the_new_table_teaches_more(train, organization):
    table = presses(350, 1)
    train(written(table))
    again = train(written(table))
    assert (again.state, again.version.number) == ("kept", 2)
    worn = Table(table.columns, table.columns["force"] * table.columns["speed"] > 62_000)
    assert train(written(worn)).state == "promoted"
    champion = serving.champion(organization.pk, "classification", SCOPE)
    assert (champion.number, champion.seed) == (3, 0)


@pytest.mark.django_db
def test_a_table_of_something_else_takes_another_scope(train):
    train(written(presses(350, 1)))
    other = written(presses(350, 1)).replace(TARGET.encode(), b"Scrap")
    with pytest.raises(CommandError, match="tell 'Press failure'; give this table another scope"):
        train(other, target="Scrap")
    with pytest.raises(CommandError, match="takes 'speed' otherwise than the table has it"):
        train(written(presses(350, 1)).replace(b"speed", b"velocity", 1))


@pytest.mark.django_db
def test_a_table_that_was_changed_in_the_store_teaches_nothing(train):
    train(written(presses(300, 1)))
    store.path_of(TrainingTable.objects.get().sha256).write_bytes(b"a,b\n1,0\n")
    with pytest.raises(CommandError, match="Its file has the SHA-256"):
        call_command("train", "classification", scope=SCOPE)


@pytest.mark.django_db
def test_what_is_missing_is_said(train, organization):
    assert "There are 100 rows; 268 are needed" in train(written(presses(100, 1))).outcome
    call_command("train", "classification", scope="table:nothing")
    assert "No table was given for 'table:nothing'" in TrainingJob.objects.latest("pk").outcome
    with pytest.raises(CommandError, match="give --table FILE and --target COLUMN"):
        call_command("train", "classification", scope=SCOPE, target=TARGET)
    with pytest.raises(Unprocessable, match="such as table:milling, not 'asset:3'"):
        give_table(
            organization_id=organization.pk,
            scope="asset:3",
            name="a.csv",
            data=b"",
            target="y",
            at=timezone.now(),
            by="test",
        )


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "0 columns"),
        (b"a,y\n", "no rows below"),
        (b"a;y\n1;0\n", "1 columns, parted by commas"),
        (b"a,,y\n1,2,0\n", "Column 2 has no name"),
        (b"a,a,y\n1,2,0\n", "Two columns are called 'a'"),
        (b"a,b\n1,2\n", "no column 'y'; there are a, b"),
        (b"a,y\n1,0\n2\n", "Row 3 has 1 cells, the header has 2"),
        (b"a,y\n1,0\n ,1\n", "Row 3, column 'a' is empty"),
        (b"a,y\n1,0\n2,1\nx,1\n", "Row 4, column 'a': 'x' is no number"),
        (b"a,y\n1,0\n2,1\nnan,1\n", "Row 4, column 'a': 'nan' is no number"),
        (b"a,y\n1,0\n2,2\n", "Row 3, column 'y': '2' is neither 0 nor 1"),
        (b"a,y\n1,0\n\xff,1\n", "Row 3 is not UTF-8"),
        (b"a,y\n1,0\n\0,1\n", "Row 3 has a zero byte"),
        (b'a,y\n1,0\n"x"z,1\n', "Row 3: "),
        (b"\x1f\x8bnothing", "cannot be unpacked"),
        (b"a,y\n" + b"".join(b"P%d,0\n" % n for n in range(101)), "'a' has 101 different texts"),
        (b"y,z\n1,0\n", "No column is left"),
    ],
)
def test_a_faulty_table_is_named_by_row_and_column(data, words):
    with pytest.raises(BadTable, match=words):
        read_table(data, target="y", without=["z"] if words.startswith("No column is left") else [])


def test_an_input_that_tells_the_target_by_itself_is_warned_of():
    table = presses(400, 1)
    codes = np.where(table.failed, "broken", "well")
    read = read_table(written(table, code=codes, heat=table.failed * 50 + 20), target=TARGET)
    assert list(leaks_of(read)) == ["code", "heat"]


def test_the_same_rows_judge_in_a_longer_table():
    some = presses(400, 1)
    others = presses(100, 2)
    both = Table(
        {name: np.concatenate([column, others.columns[name]]) for name, column in some.columns.items()},
        np.concatenate([some.failed, others.failed]),
    )
    before, after = held_out(some), held_out(both)
    assert before.sum() == 100
    assert (before[some.failed].sum(), some.failed.sum()) == (round(some.failed.sum() / 4), some.failed.sum())
    assert (before != after[:400]).mean() < 0.05
    assert (before != held_out(some, seed=1)).mean() > 0.2
