"""Replays that do not get on: each ends as failed, with the reason, so that people can run it again."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import transaction

from anomalies.models import Replay
from anomalies.replaying.running import end_failed
from smartmaint.events.models import Delivery

AGENT = "anomalies.advance_replay"
LOST = timedelta(minutes=30)  # without a step; one takes seconds


def tend_replays(*, at: datetime) -> list[Replay]:
    """End each running replay whose step was given up, or is not to be found. Return which."""
    reasons = {replay: _reason(replay, at) for replay in Replay.objects.open().order_by("pk")}
    return [replay for replay, reason in reasons.items() if reason and fail_replay(replay, reason, at)]


def _reason(replay: Replay, at: datetime) -> str:
    """Return why it cannot go on; nothing where it may."""
    steps = Delivery.objects.filter(
        organization=replay.organization_id,
        agent=AGENT,
        event__correlation_id=replay.correlation_id,
        event__payload__replay_id=replay.pk,
        event__payload__step=replay.step,
    )
    step = steps.first()
    if step and step.state == Delivery.State.DEAD:
        return f"Step {replay.step + 1} was given up after {step.attempts} attempts. {step.error}"
    if step and step.state == Delivery.State.DISCARDED:
        return f"Step {replay.step + 1} was discarded on the System page. {step.error}"
    if at - replay.moved_at < LOST:
        return ""
    minutes = LOST // timedelta(minutes=1)
    return f"No worker took step {replay.step + 1} for {minutes} minutes. See whether the workers run."


@transaction.atomic
def fail_replay(replay: Replay, reason: str, at: datetime) -> bool:
    """End it with the reason, unless it got on meanwhile; return whether it failed."""
    step = replay.step
    replay.refresh_from_db(from_queryset=Replay.objects.select_for_update(no_key=True))
    if (replay.state, replay.step) != (Replay.State.RUNNING, step):
        return False
    end_failed(replay, reason, at)
    return True
