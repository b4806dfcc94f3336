from __future__ import annotations

import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from maintenance.models import Notification
from mlops import serving, store
from mlops.artifacts import ArtifactRefused, digest
from mlops.models import ModelTransition, ModelVersion
from mlops.services import promote_version, retire_version, roll_back, try_version
from smartmaint.accounts.problems import Conflict
from smartmaint.events.models import EventRecord
from smartmaint.events.testing import drain
from tests.conftest import member
from tests.mlops import line
from tests.mlops.test_artifacts import Canary

pytestmark = pytest.mark.django_db

Stage = ModelVersion.Stage
FileState = ModelVersion.FileState


def change_a_byte(version: ModelVersion) -> None:
    path = store.path_of(version.sha256)
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(bytes(data))


def slope_served(organization) -> float | None:
    found = serving.serve(organization.pk, line.PURPOSE, line.SCOPE)
    return found and found.model.slope


def test_files_are_kept_under_their_hash_for_their_owner_only(version):
    path = store.path_of(version(1.0).sha256)
    assert digest(path.read_bytes()) == path.name
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in path.parent.iterdir()] == [path.name]


def test_a_changed_byte_is_refused_the_old_model_serves_and_the_alarm_is_raised(version, organization):
    member(organization, "admin")
    first, second = version(1.0), version(2.0)
    assert slope_served(organization) == 2.0
    change_a_byte(second)
    assert slope_served(organization) == 1.0
    second.refresh_from_db()
    assert (second.stage, second.file_state) == (Stage.REFUSED, FileState.CHANGED)
    assert serving.champion(organization.pk, line.PURPOSE, line.SCOPE) == first
    drain()
    told = Notification.objects.get()
    assert "version 2 is refused" in told.subject
    assert "Version 1 serves in its place." in told.body


def test_a_missing_file_is_refused_and_nothing_serves_where_nothing_was_before(version, organization):
    only = version(1.0)
    store.path_of(only.sha256).unlink()
    with pytest.raises(ArtifactRefused, match="cannot be read"):
        serving.load(only)
    only.refresh_from_db()
    assert (only.stage, only.file_state) == (Stage.REFUSED, FileState.MISSING)
    assert slope_served(organization) is None


def test_a_broken_predecessor_is_passed_over(version, organization):
    for slope in (1.0, 2.0, 3.0):
        last = version(slope)
    for each in ModelVersion.objects.filter(number__gt=1):
        change_a_byte(each)
    assert slope_served(organization) == 1.0
    assert last.model.versions.champions().get().number == 1


def test_a_pickle_in_place_of_the_file_never_runs(version, organization, tmp_path):
    song = tmp_path / "song"
    only = version(1.0)
    store.path_of(only.sha256).write_bytes(pickle.dumps(Canary(song)))
    assert slope_served(organization) is None
    assert not song.exists()


def test_a_refusal_is_told_once(version):
    only = version(1.0)
    change_a_byte(only)
    for _ in range(2):
        with pytest.raises(ArtifactRefused):
            serving.load(only)
    assert EventRecord.objects.filter(name="mlops.ModelRefused").count() == 1


def test_a_model_is_loaded_once_and_only_so_many_are_kept(version, monkeypatch):
    monkeypatch.setattr(serving, "MOST_LOADED", 2)
    first, *others = (version(float(slope)) for slope in range(3))
    model = serving.load(first)
    assert serving.load(first) is model
    for other in others:
        serving.load(other)
    assert len(serving._loaded) == 2
    assert serving.load(first) is not model


def test_a_file_of_another_form_is_refused_in_words(version, monkeypatch):
    only = version(1.0)
    monkeypatch.setattr(line, "VERSION", 2)
    with pytest.raises(ArtifactRefused, match="has the form line/1, this program reads 2"):
        serving.load(only)


def test_verify_models_ends_with_1_on_a_mismatch_and_names_it(version, capsys):
    whole, broken = version(1.0), version(2.0)
    call_command("verify_models")
    assert "All 2 files" in capsys.readouterr().out
    change_a_byte(broken)
    with pytest.raises(CommandError, match="1 of 2 files") as ended:
        call_command("verify_models")
    assert ended.value.returncode == 1
    assert "forecast-sensor-7 version 2: Its file has the SHA-256" in capsys.readouterr().out
    assert whole.model.versions.champions().get() == whole


def test_a_restored_file_may_serve_again_when_a_person_says_so(version):
    version(1.0)
    broken = version(2.0)
    whole = store.path_of(broken.sha256).read_bytes()
    change_a_byte(broken)
    with pytest.raises(CommandError):
        call_command("verify_models")
    with pytest.raises(Conflict, match="refused"):
        promote_version(version=broken, at=line.AT, by="test")
    store.keep(whole)
    call_command("verify_models")
    assert promote_version(version=broken, at=line.AT, by="test").stage == Stage.CHAMPION


def test_a_champion_is_rolled_back_to_the_one_before_it_step_by_step(version):
    first, second, third = version(1.0), version(2.0), version(3.0)
    assert roll_back(version=third, at=line.AT, by="test", reason="worse") == second
    assert roll_back(version=second, at=line.AT, by="test") == first
    with pytest.raises(Conflict, match="No whole version served before version 1"):
        roll_back(version=first, at=line.AT, by="test")
    with pytest.raises(Conflict, match="does not serve"):
        roll_back(version=third, at=line.AT, by="test")
    steps = ModelTransition.objects.filter(version=third).order_by("pk")
    assert list(steps.values_list("action", "to_stage", "reason"))[-1] == ("rolled_back", "retired", "worse")


def test_a_challenger_runs_beside_the_champion_and_takes_its_place(version):
    champion, new = version(1.0), version(2.0, promoted=False)
    try_version(version=new, at=line.AT, by="test")
    assert serving.challenger(new.model.organization_id, line.PURPOSE, line.SCOPE) == new
    promote_version(version=new, at=line.AT, by="test")
    champion.refresh_from_db()
    assert champion.stage == Stage.RETIRED
    retire_version(version=new, at=line.AT, by="test")
    assert serving.champion(new.model.organization_id, line.PURPOSE, line.SCOPE) is None


@pytest.mark.django_db(transaction=True)
def test_two_promotions_at_once_leave_one_champion(version):
    versions = [version(float(slope), promoted=False) for slope in range(2)]

    def promote(each: ModelVersion) -> None:
        promote_version(version=each, at=line.AT, by="test")
        connection.close()

    with ThreadPoolExecutor(2) as people:
        list(people.map(promote, versions))
    assert ModelVersion.objects.champions().count() == 1
