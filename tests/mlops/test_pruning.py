"""Files of models and tables that are out of date go; what serves, or could serve again, stays."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from mlops import store
from mlops.models import ModelVersion, TrainingTable
from mlops.services import promote_version, prune_files, roll_back, verify_versions
from smartmaint.accounts.problems import Conflict
from tests.mlops.factories import TableFactory
from tests.mlops.line import AT

pytestmark = pytest.mark.django_db

LATER = timezone.now() + timedelta(days=100)


@pytest.fixture(autouse=True)
def few(settings):
    settings.MODELS_KEPT, settings.MLFLOW = 2, False


def lost() -> set[int]:
    """Return the numbers of the versions that have no file any more."""
    versions = ModelVersion.objects.all()
    return {version.number for version in versions if not store.stamp(version.sha256)}


def test_what_serves_and_what_a_roll_back_needs_keeps_its_file(version):
    for slope in range(1, 5):
        version(float(slope))
    for slope in range(5, 9):
        version(float(slope), promoted=False)
    champion = ModelVersion.objects.champions().get()
    assert prune_files(at=LATER) == 3
    assert (champion.number, lost()) == (4, {1, 5, 6})
    assert verify_versions(versions=ModelVersion.objects.all(), at=LATER) == []
    for _ in range(2):
        champion = roll_back(version=champion, at=LATER, by="test")
    assert champion.number == 2
    with pytest.raises(Conflict, match="No whole version served before"):
        roll_back(version=champion, at=LATER, by="test")


def test_a_file_stays_for_its_days_and_goes_once(version):
    for slope in range(1, 7):
        version(float(slope))
    assert (prune_files(at=AT + timedelta(days=89)), lost()) == (0, set())
    assert (prune_files(at=LATER), prune_files(at=LATER)) == (3, 0)
    gone = ModelVersion.objects.get(number=1)
    (step,) = gone.transitions.filter(action="pruned")
    assert (step.actor, step.reason) == ("pruning", "older than 90 days, and 2 newer ones are kept")
    with pytest.raises(Conflict, match="dropped as out of date"):
        promote_version(version=gone, at=LATER, by="test")


def test_a_file_that_another_version_needs_stays(version):
    version(1.0)
    for slope in range(2, 7):
        version(float(slope))
    again = version(1.0, promoted=False)
    prune_files(at=LATER)
    assert store.stamp(again.sha256)
    assert ModelVersion.objects.get(number=1).file_state == ModelVersion.FileState.PRUNED


def test_what_mlflow_does_not_have_yet_stays(version, settings):
    settings.MLFLOW = True
    for slope in range(1, 7):
        version(float(slope))
    assert prune_files(at=LATER) == 0


def test_of_tables_the_newest_of_a_scope_keeps_its_file(lines, organization):
    for day, target in enumerate(("broken", "broken", "")):
        sha256 = store.keep(b"a,broken\n%d,0\n" % day)
        given_at = AT + timedelta(days=day)
        TableFactory(organization=organization, sha256=sha256, target=target, given_at=given_at)
    old, newest, unused = TrainingTable.objects.order_by("given_at")
    prune_files(at=LATER)
    assert [bool(store.stamp(one.sha256)) for one in (old, newest)] == [False, True]
    old.refresh_from_db()
    assert old.pruned_at == LATER
    assert not TrainingTable.objects.filter(pk=unused.pk).exists()
