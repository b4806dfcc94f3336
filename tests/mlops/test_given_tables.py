"""Tables that people bring by page and API: looked at, chosen from, warned of, learnt in the background."""

from __future__ import annotations

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from mlops import giving, store
from mlops.models import TrainingJob, TrainingTable
from mlops.predictors.classification import Table
from mlops.services import finish_training
from mlops.tables.leaks import leaks_of
from mlops.tables.looking import look
from tests.asking import answer_at_once
from tests.mlops.factories import AT, VersionFactory
from tests.mlops.test_classification import presses
from tests.mlops.test_tables import TARGET, written

URL = "/api/v1/ml/tables"

pytestmark = [pytest.mark.django_db, pytest.mark.xdist_group("asking")]


@pytest.fixture(autouse=True)
def worker(settings, tmp_path, monkeypatch):
    settings.MODELS_DIR = tmp_path / "models"
    answer_at_once(monkeypatch)


def pressed(rows: int = 300) -> bytes:
    """Return presses with the number of each row, and a kind of failure that half of the failed rows had."""
    table = presses(rows, 1)
    return written(table, cracked=(table.failed & (table.columns["force"] > 50)) * 1)


def upload(data: bytes, **more):
    return {"file": SimpleUploadedFile("presses.csv", data, "text/csv"), **more}


def give(api, data: bytes, **more):
    return api().post(URL, upload(data, **{"name": "presses", **more}), format="multipart")


def test_a_program_gives_a_table_and_learns_from_it(api):
    given = give(api, pressed()).json()
    seen = {one["name"]: one for one in given["columns"]}
    assert (given["rows"], given["training"], seen[TARGET]["label"]) == (300, None, True)
    assert (seen["id"]["doubt"], seen["grade"]["kind"]) == (
        "It counts up from row to row, as numbers of rows do.",
        "text",
    )
    asked = api().post(f"{URL}/{given['id']}/train", {"target": TARGET, "without": ["id", "cracked"]})
    assert (asked.status_code, asked.json()["training"]["state"]) == (202, "waiting")
    job = TrainingJob.objects.get()
    version = VersionFactory(model__organization=job.organization, model__name="presses")
    fields = {"state": "promoted", "version": version}
    finish_training(job=job, outcome="A first model.", at=AT, **fields)
    told = api().get(f"{URL}/{given['id']}").json()["training"]
    assert (told["model_name"], told["model_version"], told["state"]) == ("presses", 1, "promoted")


def test_other_columns_of_the_same_file_are_another_table(api):
    first = give(api, pressed()).json()["id"]
    asked = {"target": TARGET, "without": ["id", "cracked"]}
    api().post(f"{URL}/{first}/train", asked)
    TrainingJob.objects.update(state="failed")
    again = api().post(f"{URL}/{first}/train", {**asked, "without": ["id", "cracked", "grade"]}).json()
    old, new = TrainingTable.objects.order_by("pk")
    assert (old.pk, old.without, new.pk) == (first, ["id", "cracked"], again["id"])
    assert (new.sha256, new.job_id == old.job_id) == (old.sha256, False)


def test_a_column_that_defines_the_target_is_left_out_or_accepted(api):
    number = give(api, pressed()).json()["id"]
    refused = api().post(f"{URL}/{number}/train", {"target": TARGET, "without": ["id"]})
    (error,) = refused.json()["errors"]
    assert (refused.status_code, error["field"], error["code"]) == (422, "without", "leak")
    assert "rows in which 'cracked' is 1 failed" in error["detail"]
    accepted = {"target": TARGET, "without": ["id"], "accept_warnings": True}
    assert len(api().post(f"{URL}/{number}/train", accepted).json()["warnings"]) == 1
    assert api().post(f"{URL}/{number}/train", accepted).status_code == 409


@pytest.mark.parametrize(
    ("asked", "field", "words"),
    [
        ({"target": "nothing"}, "target", "There is no column 'nothing'"),
        ({"target": "force"}, "target", "each cell must be 0 or 1"),
        ({"target": TARGET, "without": ["hue"]}, "without", "There is no column 'hue'"),
    ],
)
def test_what_cannot_be_learnt_is_named(api, asked, field, words):
    number = give(api, pressed()).json()["id"]
    answer = api().post(f"{URL}/{number}/train", asked)
    (error,) = answer.json()["errors"]
    assert (answer.status_code, error["field"]) == (422, field)
    assert words in error["detail"]


@pytest.mark.parametrize(
    ("data", "more", "status", "field"),
    [
        (b"a,y\n1\n", {}, 422, "file"),
        (b"a,y\n1,0\n", {"name": "my table"}, 400, "name"),
        (b"", {}, 400, "file"),
        (b"a,y\n1,0\n" * 20, {}, 413, ""),
    ],
)
def test_a_file_that_is_no_table_leaves_nothing_behind(api, monkeypatch, data, more, status, field):
    monkeypatch.setattr(giving, "MOST_BYTES", 100)
    answer = give(api, data, **more)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (status, field)
    assert not TrainingTable.objects.exists()
    assert not list(store.path_of("a" * 64).parent.glob("*"))


def test_an_administrator_is_led_from_the_file_to_the_training(admin):
    number = admin.post("/models/tables/upload/", upload(pressed())).url
    page = admin.get(number).content.decode()
    assert "It counts up from row to row, as numbers of rows do." in page
    assert "presses.csv" in admin.get("/models/").content.decode()
    chosen = {"target": TARGET, "without": ["id"]}
    warned = admin.post(f"{number}train/", chosen)
    assert (warned.status_code, "may stay" in warned.content.decode()) == (422, True)
    assert admin.post(f"{number}train/", {**chosen, "accept": "on"}).url == number
    TrainingJob.objects.update(step="gathers data")
    assert "Gathers data" in admin.get(number).content.decode()
    table = TrainingTable.objects.get()
    assert (table.scope, table.target, len(table.warnings)) == ("table:presses", TARGET, 1)


def test_a_page_says_what_is_wrong_with_a_file(admin, operator):
    assert "Choose a file first." in admin.post("/models/tables/upload/", {}).content.decode()
    answer = admin.post("/models/tables/upload/", upload(b"a;y\n1;0\n"))
    assert (answer.status_code, "1 columns, parted by commas" in answer.content.decode()) == (422, True)
    assert operator.post("/models/tables/upload/", upload(pressed())).status_code == 403


def test_kinds_that_nobody_survived_are_warned_of_where_chance_does_not_make_them():
    table = presses(400, 1)
    columns = {"broken": table.failed & (table.columns["force"] > 50), "lucky": table.failed.cumsum() == 1}
    warned = leaks_of(
        Table({**table.columns, **{name: one * 1.0 for name, one in columns.items()}}, table.failed)
    )
    assert list(warned) == ["broken"]


def test_columns_are_seen_as_they_are():
    rows, seen = look(b"n,same,word,late,y\n1,5,a,,yes\n2,5,b,3,no\n4,5,a,4,no\n")
    assert (rows, [one.label for one in seen]) == (3, [False, False, False, False, True])
    assert [one.doubt for one in seen[:2]] == [
        "It counts up from row to row, as numbers of rows do.",
        "All rows have the same.",
    ]
    assert (seen[2].examples, "Row 2, column 'late' is empty" in seen[3].problem) == (["a", "b"], True)
