"""From a replay to settings at work: tried in shadow, promoted by a person or by itself, or discarded."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from anomalies.choices import ALGORITHM, ORGANIZATION, PURPOSE
from anomalies.detection.wishes import Wish
from anomalies.models import Replay, TrialAlarm
from anomalies.replaying.comparing import compare_shadow
from anomalies.replaying.judging import Worth, is_better
from anomalies.replaying.scopes import assets_in
from anomalies.services.choosing import first_version, propose_settings
from mlops.models import Model, ModelState, ModelTransition, ModelVersion, Outcome
from mlops.services import promote_version, retire_version, try_version
from sensors.models import Sensor
from smartmaint.accounts.callers import Caller
from smartmaint.accounts.problems import Conflict

TRIAL = timedelta(days=7)
ENOUGH_LABELS = 5
ITSELF = "review of trials"
SHADOW = "anomaly-shadow"  # the purpose of the shadows' states
ALLOWED = "promotes_itself"  # the tag of the organization's model

State = Replay.State
Stage = ModelVersion.Stage


@dataclass(frozen=True)
class Trial:
    """A challenger beside the champion since it was tried; `ready` once a week or five labels have come."""

    version: ModelVersion
    since: datetime
    labels: int
    ready: bool
    result: dict[str, Any]
    words: str

    @property
    def better(self) -> bool:
        return is_better(Worth.of(self.result["proposed"]), Worth.of(self.result["present"]))


@transaction.atomic
def try_replay(*, replay: Replay, by: Caller, at: datetime) -> ModelVersion:
    """Let what was replayed run in shadow.

    Raises:
        Conflict: the replay has no result, or it tried a sensor's limits, which have no shadow.
    """
    version = _version_of(replay, by, at)
    return try_version(version=version, at=at, by=by, reason=replay.words)


@transaction.atomic
def promote_replay(*, replay: Replay, by: Caller, at: datetime) -> ModelVersion | None:
    """Let what was replayed serve from now on; of a sensor's limits: set them.

    Raises:
        Conflict: the replay has no result, or what it tried serves already.
    """
    if replay.limits:
        _set_limits(replay)
        return None
    version = _version_of(replay, by, at)
    return promote_version(version=version, at=at, by=by, reason=replay.words)


@transaction.atomic
def discard_replay(*, replay: Replay, at: datetime) -> Replay:
    """Put a result away; its alarms go, its figures stay.

    Raises:
        Conflict: the replay has no result.
    """
    _check_done(replay)
    replay.alarms.all().delete()
    replay.state = State.DISCARDED
    replay.save(update_fields=["state"])
    return replay


def _check_done(replay: Replay) -> None:
    replay.refresh_from_db(from_queryset=Replay.objects.select_for_update(no_key=True))
    if replay.state != State.DONE:
        raise Conflict(f"The replay is {replay.get_state_display()}.")


def _version_of(replay: Replay, by: Caller, at: datetime) -> ModelVersion:
    _check_done(replay)
    if replay.limits:
        raise Conflict("A sensor's limits are set or not; they have no shadow.")
    if replay.version:
        return replay.version
    replay.version = propose_settings(
        organization_id=replay.organization_id,
        scope=replay.scope,
        wish=Wish.of(replay.settings),
        at=at,
        by=by,
        reason=f"Replay over {replay.days} days: {replay.words}",
        metrics={f"replay_{name}": value for name, value in replay.result["proposed"].items()},
    )
    replay.save(update_fields=["version"])
    return replay.version


def _set_limits(replay: Replay) -> None:
    _check_done(replay)
    number = int(replay.scope.removeprefix("sensor:"))
    sensor = Sensor.objects.select_for_update().get(organization=replay.organization_id, pk=number)
    sensor.lower_limit, sensor.upper_limit = replay.limits["lower"], replay.limits["upper"]
    sensor.save(update_fields=["lower_limit", "upper_limit"])


def trial_of(version: ModelVersion, at: datetime) -> Trial:
    """Return how a challenger does beside the champion so far."""
    organization_id, scope = version.model.organization_id, version.model.scope
    tried = ModelTransition.objects.filter(version=version, action="tried").order_by("-pk").first()
    since = tried.at if tried else version.created_at
    assets = assets_in(organization_id, scope)
    result, words = compare_shadow(
        organization_id=organization_id, version_id=version.pk, assets=assets, since=since, until=at
    )
    scopes = [f"asset:{asset}" for asset in assets]
    labels = Outcome.objects.counting().filter(organization=organization_id, scope__in=scopes)
    count = labels.filter(found_at__range=(since, at)).count()
    ready = at - since >= TRIAL or count >= ENOUGH_LABELS
    return Trial(version, since, count, ready, result, words)


@transaction.atomic
def end_trial(*, version: ModelVersion, by: Caller, at: datetime) -> ModelVersion:
    """Take a challenger off; what it would have raised goes.

    Raises:
        Conflict: it is not on trial.
    """
    if version.stage != Stage.CHALLENGER:
        raise Conflict(f"Version {version.number} is not on trial.")
    TrialAlarm.objects.filter(version=version).delete()
    return retire_version(version=version, at=at, by=by, reason="its trial was ended")


@transaction.atomic
def allow_promotion(*, organization_id: int, allowed: bool, at: datetime) -> Model:
    """Say whether challengers that are better may be promoted without a person."""
    model = first_version(organization_id=organization_id, scope=ORGANIZATION, at=at).model
    model.tags = {**model.tags, ALLOWED: allowed}
    model.save(update_fields=["tags"])
    return model


def may_promote_itself(organization_id: int) -> bool:
    rows = Model.objects.filter(organization=organization_id, purpose=PURPOSE, scope=ORGANIZATION)
    return any(tags.get(ALLOWED) for tags in rows.values_list("tags", flat=True))


def review_trials(*, at: datetime) -> int:
    """Promote the challengers that are ready and better, where their organization allows it.

    Return how many. What shadows learnt that are over is forgotten.
    """
    rows = ModelVersion.objects.challengers().filter(model__purpose=PURPOSE, algorithm=ALGORITHM)
    versions = list(rows.select_related("model").order_by("pk"))
    allowed = [one for one in versions if may_promote_itself(one.model.organization_id)]
    promoted = sum(_review(version, at) for version in allowed)
    _forget_shadows()
    return promoted


def _forget_shadows() -> None:
    states = ModelState.objects.filter(purpose=SHADOW)
    on_trial = set(ModelVersion.objects.challengers().values_list("pk", flat=True))
    for version in states.values_list("version", flat=True).distinct():
        if int(version.rpartition("/")[2]) not in on_trial:
            states.filter(version=version).delete()


def _review(version: ModelVersion, at: datetime) -> bool:
    trial = trial_of(version, at)
    if trial.ready and trial.better:
        promote_version(version=version, at=at, by=ITSELF, reason=f"In shadow: {trial.words}")
    return trial.ready and trial.better
