from __future__ import annotations

import subprocess
from datetime import timedelta

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone
from redis import Redis

from maintenance.models import Notification
from mlops import attempts, queue, serving
from mlops.comparing import Incomparable, compare
from mlops.datasets import NotEnough
from mlops.models import ModelVersion, TrainingJob
from mlops.predictors.answers import NotEnoughData
from mlops.services import request_training
from mlops.services.training import CHANCES, COOL_DOWN
from smartmaint.environment import redis_database
from smartmaint.events.testing import drain
from tests.conftest import member
from tests.mlops import line

pytestmark = pytest.mark.django_db

State = TrainingJob.State


@pytest.fixture
def ask(organization):
    def ask(cause: str = "hand", at=line.AT) -> TrainingJob:
        return request_training(
            organization_id=organization.pk, purpose=line.PURPOSE, scope=line.SCOPE, cause=cause, at=at
        )

    return ask


def run(job: TrainingJob) -> TrainingJob:
    steps: list[str] = []
    ended = attempts.run(job.pk, say=steps.append, now=timezone.now)
    assert ended is not None
    return ended


def test_the_first_model_serves_when_it_is_better_than_none(ask, lines, organization):
    lines(line.points(2.0))
    job = run(ask())
    version = serving.champion(organization.pk, line.PURPOSE, line.SCOPE)
    assert (job.state, job.version) == (State.PROMOTED, version)
    assert "of the mean" in job.outcome
    assert (version.rows, version.seed, version.data_until.year) == (200, 0, 2026)
    assert {"numpy", "python"} <= set(version.libraries)
    assert version.signature["inputs"] == [{"name": "x", "type": "double"}]
    assert version.model.tags == {"domain": "forecast"}
    assert len(version.metrics["back_test"]["actual"]) == 100


def test_a_first_model_that_is_no_better_than_none_does_not_serve(ask, lines, organization):
    lines(line.points(0.0))
    assert run(ask()).state == State.KEPT
    assert serving.champion(organization.pk, line.PURPOSE, line.SCOPE) is None


def test_a_candidate_that_is_no_better_is_kept_and_the_champion_stays(ask, lines, version):
    champion = version(2.0)
    lines(line.points(2.0))
    job = run(ask())
    assert job.state == State.KEPT
    assert "Version 2 is kept, version 1 stays." in job.outcome
    champion.refresh_from_db()
    assert champion.stage == ModelVersion.Stage.CHAMPION
    assert job.comparison["groups"] == 20


def test_a_better_candidate_is_promoted_and_says_by_how_much(ask, lines, version):
    version(1.0)
    lines(line.points(2.0))
    job = run(ask("drift"))
    assert job.state == State.PROMOTED
    assert job.comparison["low"] > 0.9
    assert "a gain of 100.0 %" in job.outcome


def test_too_little_data_says_what_is_missing(ask, lines):
    lines(NotEnough("3 of 7 days are there."))
    job = run(ask())
    assert (job.state, job.outcome) == (State.NOT_ENOUGH, "3 of 7 days are there.")


def test_an_algorithm_that_needs_more_says_so(ask, lines, monkeypatch):
    lines(line.points(2.0))

    def too_few(dataset, *, seed):
        raise NotEnoughData("20 of 40 lives are there.")

    monkeypatch.setattr(line, "train", too_few)
    job = run(ask())
    assert (job.state, job.outcome) == (State.NOT_ENOUGH, "20 of 40 lives are there.")


def test_a_training_that_breaks_says_failed_and_tells_the_administrator(ask, lines, organization):
    member(organization, "admin")
    lines(RuntimeError("the disk is full"))
    job = run(ask())
    assert (job.state, job.outcome) == (State.FAILED, "RuntimeError: the disk is full")
    drain()
    told = Notification.objects.get()
    assert "Training failed" in told.subject
    assert "the disk is full" in told.body


def test_two_requests_are_one_training_and_drift_asks_once_a_day(ask, lines):
    lines(NotEnough("nothing"))
    job = ask("drift")
    assert ask("hand") == job
    run(job)
    assert ask("drift", at=line.AT + COOL_DOWN / 2) == job
    assert ask("hand", at=line.AT + COOL_DOWN / 2) != job


def test_drift_may_ask_again_after_a_day(ask, lines):
    lines(NotEnough("nothing"))
    job = ask("drift")
    run(job)
    assert ask("drift", at=line.AT + COOL_DOWN + timedelta(seconds=1)) != job


def test_a_training_whose_process_is_lost_again_and_again_fails(ask, lines):
    lines(line.points(2.0))
    job = ask()
    TrainingJob.objects.update(attempts=CHANCES, state=State.RUNNING)
    assert attempts.run(job.pk, say=print, now=timezone.now) is None
    job.refresh_from_db()
    assert job.state == State.FAILED
    assert "lost 3 times" in job.outcome


def test_forgotten_trainings_are_sent_again(ask, lines, settings):
    settings.TRAINING_BROKER_URL = redis_database(settings.CELERY_BROKER_URL, 5)
    job = ask()
    assert queue.waiting() == 0
    assert queue.send_forgotten(at=timezone.now()) == [job.pk]
    assert queue.waiting() == 1
    assert queue.send_forgotten(at=timezone.now()) == []
    with Redis.from_url(settings.REDIS_URL, db=5) as database:
        assert any(b"training" in key for key in database.scan_iter())
        database.flushdb()


def test_a_process_that_takes_too_long_is_ended_and_the_training_fails(ask, settings, monkeypatch):
    job = ask()
    settings.TRAINING_LIMIT = 0.3
    monkeypatch.setattr(attempts, "_start", lambda job_id: subprocess.Popen(["sleep", "60"]))
    attempts.attempt(job.pk, stopping=lambda: False)
    job.refresh_from_db()
    assert (job.state, job.outcome) == (State.FAILED, "It took longer than 0.005 minutes and was ended.")


def test_by_hand_it_tells_its_steps_and_its_outcome(lines, organization, capsys):
    lines(line.points(2.0))
    call_command("train", "forecast", "--scope", line.SCOPE)
    out = capsys.readouterr().out
    assert "trains line" in out
    assert "a better model serves now" in out
    lines(ValueError("no such column"))
    with pytest.raises(CommandError, match="Failed: no such column"):
        call_command("train", "forecast", "--scope", line.SCOPE)
    with pytest.raises(CommandError, match="Train for what"):
        call_command("train", "dreams")


def test_a_comparison_needs_cases_that_hang_together_to_be_many():
    rng = np.random.default_rng(0)
    old = rng.uniform(1, 2, 300)
    few, many = np.repeat(np.arange(3), 100), np.repeat(np.arange(30), 10)
    assert compare(old * 0.9, old, groups=many.tolist()).better
    assert not compare(old * 0.9, old, groups=few.tolist()).better
    assert not compare(old * 0.995, old, groups=many.tolist()).better
    assert not compare(old + rng.normal(-0.02, 1, 300), old, groups=many.tolist()).better
    with pytest.raises(Incomparable, match="not finite"):
        compare(np.array([np.nan]), np.array([1.0]))


def test_a_process_that_is_killed_is_started_again(ask, monkeypatch):
    job = ask()
    deaths = ["kill -9 $$", "exit 1", "true", "true"]
    monkeypatch.setattr(attempts, "_start", lambda job_id: subprocess.Popen(["sh", "-c", deaths.pop(0)]))
    attempts.attempt(job.pk, stopping=lambda: False)
    assert deaths == ["true"]
    assert TrainingJob.objects.open().get() == job


def test_the_worker_ends_the_process_of_a_training_when_it_stops(ask, monkeypatch):
    job = ask()
    started: list[subprocess.Popen[bytes]] = []
    monkeypatch.setattr(
        attempts, "_start", lambda job_id: started.append(subprocess.Popen(["sleep", "60"])) or started[-1]
    )
    attempts.attempt(job.pk, stopping=lambda: bool(started))
    assert started[0].poll() is not None
    assert TrainingJob.objects.open().get() == job
