"""Labels, what they say of a version, and the champion that falls by them."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest

from mlops.models import ModelTransition, ModelVersion, Outcome
from mlops.precision import Label, has_fallen, share, tally
from mlops.services import Draft, Told, promote_version, record_outcome, register_version
from smartmaint.events.models import EventRecord

AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def versions(organization):
    """Version 1 served before; version 2 serves."""
    made = []
    for number in range(2):
        at = AT + timedelta(days=number)
        version = register_version(
            organization_id=organization.pk,
            purpose="anomaly",
            scope="organization",
            draft=Draft(algorithm="settings-1"),
            at=at,
            by="Ana",
        )
        made.append(promote_version(version=version, at=at, by="Ana"))
    return made


def label(version, finding, number, source="technician"):
    told = Told(
        scope="asset:1",
        origin=f"{version.pk}:{number}",
        source=source,
        finding=finding,
        version=version,
        raised_at=AT,
        found_at=AT + timedelta(hours=5),
    )
    return record_outcome(organization_id=version.model.organization_id, told=told, at=AT, by="Ana")


def label_all(version, findings):
    for number, finding in enumerate(findings):
        label(version, finding, number)
    version.refresh_from_db()


def test_the_interval_is_wilsons():
    found = share(9, 10)
    assert (found.share, round(found.low, 3), round(found.high, 3)) == (0.9, 0.652, 0.977)


def test_nothing_counted_is_no_share():
    assert share(0, 0).share is None


def test_lead_time_is_the_median_of_what_was_announced_in_time():
    labels = [Label("true", "technician", lead) for lead in (2.0, 41.0, 50.0)]
    assert tally([*labels, Label("false", "technician", 900.0)]).lead == 41.0


def test_a_champion_that_got_worse_is_rolled_back_by_its_labels(versions):
    before, champion = versions
    label_all(before, ["true"] * 20 + ["false"] * 2)
    label_all(champion, ["false"] * 9)
    assert champion.stage == ModelVersion.Stage.CHAMPION
    label(champion, "true", 10)
    before.refresh_from_db()
    assert before.stage == ModelVersion.Stage.CHAMPION
    step = ModelTransition.objects.filter(version=champion).latest("pk")
    assert (step.action, step.actor) == ("rolled_back", "review of precision")
    assert "1 of 10 announcements of version 2 were right, 20 of 22 announcements of version 1" in step.reason
    assert EventRecord.objects.filter(name="mlops.ModelRolledBack").count() == 1


def test_a_champion_that_is_as_good_stays(versions):
    before, champion = versions
    label_all(before, ["true"] * 16 + ["false"] * 4)
    label_all(champion, ["true", "true", "true", "false"] * 4)
    assert champion.stage == ModelVersion.Stage.CHAMPION


def test_chance_rarely_takes_an_equal_for_worse():
    chance, fallen = random.Random(7), 0
    for _ in range(60):
        before, now = ([chance.random() < 0.8 for _ in range(size)] for size in (30, 40))
        sizes = range(10, 41, 5)
        fallen += any(has_fallen(_tally(now[:size]), _tally(before)) for size in sizes)
    assert fallen <= 4


def _tally(hits):
    return tally(Label("true" if hit else "false", "technician") for hit in hits)


def test_the_same_origin_counts_once(versions):
    first, again = label(versions[1], "true", 1), label(versions[1], "false", 1)
    assert (first, Outcome.objects.get().finding) == (again, "true")


def test_one_bad_label_proves_nothing(versions):
    label_all(versions[1], ["false"])
    assert versions[1].stage == ModelVersion.Stage.CHAMPION
