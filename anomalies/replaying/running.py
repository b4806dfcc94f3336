"""A replay asked for, taken a step further, finished, cancelled. A step is a transaction of some seconds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from anomalies.arrivals import JUST_BEFORE, Wanted, moment_of, read_first, read_rows
from anomalies.detection.wishes import Wish
from anomalies.events import ReplayAdvanced, ReplayFinished
from anomalies.models import Replay
from anomalies.replaying import playing, scopes
from anomalies.replaying.comparing import compare_replay
from anomalies.services.trials import note_trials
from sensors.models import Sensor
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict, Unprocessable
from smartmaint.events.context import current_correlation_id
from smartmaint.events.outbox import publish

LEAST_AT_ONCE, MOST_AT_ONCE = 20_000, 200_000  # readings: a few seconds for both sides, of one sensor or many
AT_ONCE_EACH = 2_000  # of each sensor: many are judged at once
LONGEST_SPAN = 30 * 86_400.0
LEAD_IN = timedelta(days=14)  # teaches both sides; its alarms do not count
DAYS = (30, 90)

State = Replay.State
Limits = dict[str, float | None]


@transaction.atomic
def start_replay(
    *,
    organization_id: int,
    scope: str,
    days: int,
    at: datetime,
    by: Caller,
    wish: Wish | None = None,
    limits: Limits | None = None,
) -> Replay:
    """Ask for a replay of a wish, or of a sensor's new limits, over the last `days`.

    Raises:
        Conflict: another one runs; one at a time, so that live detection keeps its share.
        Unprocessable: nothing in the scope is judged.
    """
    replay = Replay(organization_id=organization_id, scope=scope, days=days, actor=by.name[:100])
    replay.settings, replay.limits = wish.kept() if wish else {}, limits or {}
    replay.since, replay.until = at - timedelta(days=days), at
    replay.asked_at = replay.moved_at = at
    replay.correlation_id = current_correlation_id()
    replay.assets = len(scopes.assets_in(organization_id, scope))
    if not replay.assets:
        raise Unprocessable("Nothing there is judged: no sensor that is switched on.")
    _insert(replay)
    _go_on(replay)
    return replay


def _insert(replay: Replay) -> None:
    try:
        with transaction.atomic():
            replay.save()
    except IntegrityError as error:
        if "replay_one_at_a_time" in str(error):
            raise Conflict("A replay runs already; wait for it, or cancel it.") from error
        raise


@transaction.atomic
def cancel_replay(*, replay: Replay, at: datetime) -> Replay:
    """Stop it; what it counted so far is dropped.

    Raises:
        Conflict: it is over.
    """
    _lock(replay)
    if replay.state != State.RUNNING:
        raise Conflict(f"The replay is {replay.get_state_display()}.")
    _drop(replay, State.CANCELLED, at)
    return replay


def end_failed(replay: Replay, reason: str, at: datetime) -> None:
    """End a replay that its caller has locked; what it counted so far is dropped."""
    replay.error = reason[:500]
    _drop(replay, State.FAILED, at)


def _drop(replay: Replay, state: str, at: datetime) -> None:
    replay.alarms.all().delete()
    playing.forget(replay)
    _end(replay, state, at)


def repeat_replay(*, replay: Replay, at: datetime, by: Caller) -> Replay:
    """Ask for the same again, up to now.

    Raises:
        Conflict: another one runs.
        Unprocessable: nothing in the scope is judged any more.
    """
    return start_replay(
        organization_id=replay.organization_id,
        scope=replay.scope,
        days=replay.days,
        at=at,
        by=by,
        wish=None if replay.limits else Wish.of(replay.settings),
        limits=replay.limits,
    )


@transaction.atomic
def advance_replay(*, organization_id: int, replay_id: int, step: int, at: datetime) -> None:
    """Take the replay's next step; a step that was taken, or of a replay that is over, is none."""
    replay = Replay.objects.select_for_update(no_key=True).get(organization=organization_id, pk=replay_id)
    if replay.state != State.RUNNING or replay.step != step:
        return
    started = time.perf_counter()
    sensors = scopes.next_group(replay)
    if sensors:
        _hear(replay, sensors, at)
    replay.seconds += time.perf_counter() - started
    replay.step, replay.moved_at = step + 1, at
    if sensors:
        replay.save()
        _go_on(replay)
    else:
        _finish(replay, at)


def _hear(replay: Replay, sensors: Sequence[Sensor], at: datetime) -> None:
    """Let both sides hear the group's next readings."""
    begin = _first_reading(sensors, replay.reached_at or replay.since - LEAD_IN, replay.until)
    if begin is None:
        _next_group(replay, sensors)
        return
    until = min(begin + timedelta(seconds=replay.span), replay.until)
    most = min(max(AT_ONCE_EACH * len(sensors), LEAST_AT_ONCE), MOST_AT_ONCE)
    read, reached = _play(replay, sensors, _wanted(sensors, begin, until), most, at)
    replay.readings += read
    replay.span = min(max(replay.span * min(most / 2 / max(read, 1), 4.0), 60.0), LONGEST_SPAN)
    replay.reached_at = reached if reached and read >= most else until
    _count(replay, sensors, begin, replay.reached_at)
    if replay.reached_at >= replay.until:
        _next_group(replay, sensors)


def _count(replay: Replay, sensors: Sequence[Sensor], begin: datetime, end: datetime) -> None:
    assets = {sensor.asset_id for sensor in sensors}
    replay.asset_days += len(assets) * (end - begin) / timedelta(days=1)
    replay.heard_since = min(replay.heard_since or begin, begin)


def _play(
    replay: Replay, sensors: Sequence[Sensor], wanted: list[Wanted], most: int, at: datetime
) -> tuple[int, datetime | None]:
    """Let both sides hear these readings; return how many there were, and the moment of the last."""
    players, read, reached = playing.players_of(replay, sensors), 0, None
    for rows in read_rows(wanted, most):
        for player in players:
            player.hear(rows)
        read, reached = read + len(rows.time), moment_of(rows.time[-1])
    for player in players:
        organization_id, news = replay.organization_id, player.tell()
        note_trials(news=news, organization_id=organization_id, replay_id=replay.pk, side=player.side)
    playing.keep(replay, players, at)
    return read, reached


def _first_reading(sensors: Sequence[Sensor], after: datetime, until: datetime) -> datetime | None:
    """Return the moment just before the group's next reading, so that no step hears silence."""
    found = [rows.time.min() for rows in read_first(_wanted(sensors, after, until), 1)]
    return moment_of(min(found)) - JUST_BEFORE if found else None


def _wanted(sensors: Sequence[Sensor], after: datetime, until: datetime) -> list[Wanted]:
    return [Wanted(place, sensor.pk, after, until) for place, sensor in enumerate(sensors)]


def _next_group(replay: Replay, sensors: Sequence[Sensor]) -> None:
    playing.forget(replay)
    replay.place, replay.reached_at = sensors[-1].asset_id, None


def _finish(replay: Replay, at: datetime) -> None:
    replay.alarms.filter(raised_at__lt=replay.since).delete()
    replay.result, replay.words = compare_replay(replay)
    _end(replay, State.DONE, at)
    publish(
        ReplayFinished(
            organization_id=replay.organization_id,
            correlation_id=replay.correlation_id,
            replay_id=replay.pk,
        )
    )


def _end(replay: Replay, state: str, at: datetime) -> None:
    replay.state, replay.ended_at = state, at
    replay.save()


def _go_on(replay: Replay) -> None:
    publish(
        ReplayAdvanced(
            organization_id=replay.organization_id,
            correlation_id=replay.correlation_id,
            replay_id=replay.pk,
            step=replay.step,
        )
    )


def _lock(replay: Replay) -> None:
    replay.refresh_from_db(from_queryset=Replay.objects.select_for_update(no_key=True))
