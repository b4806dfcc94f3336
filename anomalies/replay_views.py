"""Pages of replays: what serves, what is on trial, and what another choice would have done."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.core.paginator import Paginator
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from anomalies.choices import ALGORITHM, BUILT_IN, PURPOSE
from anomalies.models import Replay
from anomalies.replay_forms import ReplayForm
from anomalies.replay_rows import champions, named, progress_of, trials
from anomalies.replaying.running import cancel_replay, repeat_replay, start_replay
from anomalies.replaying.timeline import timeline_of
from anomalies.services.trying import (
    allow_promotion,
    discard_replay,
    end_trial,
    may_promote_itself,
    promote_replay,
    try_replay,
)
from mlops.models import ModelVersion
from mlops.services import promote_version, roll_back
from sensors.models import Asset, Sensor
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import ADMIN, DATA_READ, ML_ANOMALY

PER_PAGE = 20
OFFERED = 300  # codes to choose from; others may be typed


def _replays(request: PageRequest) -> QuerySet[Replay]:
    return Replay.objects.filter(organization=request.caller.organization)


def _versions(request: PageRequest) -> QuerySet[ModelVersion]:
    rows = ModelVersion.objects.filter(model__organization=request.caller.organization)
    return rows.filter(model__purpose=PURPOSE, algorithm=ALGORITHM).select_related("model")


@require_safe
@page(DATA_READ)
def replay_list(request: PageRequest) -> HttpResponse:
    return _list(request, ReplayForm(organization=request.caller.organization))


def _list(request: PageRequest, form: ReplayForm, *, status: int = 200) -> HttpResponse:
    organization, at = request.caller.organization, timezone.now()
    rows = Paginator(_replays(request).order_by("-asked_at"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "form": form,
        "replays": named(organization, list(rows)),
        "rows": rows,
        "built_in": BUILT_IN.wish.words,
        "champions": champions(_versions(request)),
        "trials": trials(_versions(request), at),
        "promotes_itself": may_promote_itself(organization.pk),
        "machines": Asset.objects.filter(organization=organization).order_by("code")[:OFFERED],
        "sensors": Sensor.objects.filter(organization=organization, enabled=True).order_by("code")[:OFFERED],
    }
    return render(request, "anomalies/replay_list.html", context, status=status)


@require_POST
@page(ML_ANOMALY)
def replay_start(request: PageRequest) -> HttpResponse:
    form = ReplayForm(request.POST, organization=request.caller.organization)
    if not form.is_valid():
        return _list(request, form, status=422)
    caller = request.caller
    replay = start_replay(
        organization_id=caller.organization.pk, by=caller, at=timezone.now(), **form.wanted()
    )
    return redirect("replay-detail", replay.pk)


@require_safe
@page(DATA_READ)
def replay_detail(request: PageRequest, pk: int) -> HttpResponse:
    replay = get_object_or_404(_replays(request).select_related("version__model"), pk=pk)
    context = {
        "replay": named(request.caller.organization, [replay])[0],
        "progress": progress_of(replay, timezone.now()),
        "timeline": timeline_of(replay) if replay.state == Replay.State.DONE else None,
    }
    part = "#state" if request.htmx else ""
    return render(request, f"anomalies/replay_detail.html{part}", context)


@require_POST
@page(ML_ANOMALY)
def replay_cancel(request: PageRequest, pk: int) -> HttpResponse:
    replay = get_object_or_404(_replays(request), pk=pk)
    cancel_replay(replay=replay, at=timezone.now())
    return redirect("replay-detail", pk)


@require_POST
@page(ML_ANOMALY)
def replay_again(request: PageRequest, pk: int) -> HttpResponse:
    """Ask for the same replay up to now."""
    replay = get_object_or_404(_replays(request), pk=pk)
    again = repeat_replay(replay=replay, at=timezone.now(), by=request.caller)
    return redirect("replay-detail", again.pk)


def _act(request: PageRequest, pk: int, service: Callable[..., Any]) -> HttpResponse:
    replay = get_object_or_404(_replays(request), pk=pk)
    service(replay=replay, by=request.caller, at=timezone.now())
    return redirect("replay-detail", pk)


@require_POST
@page(ADMIN)
def replay_try(request: PageRequest, pk: int) -> HttpResponse:
    return _act(request, pk, try_replay)


@require_POST
@page(ADMIN)
def replay_promote(request: PageRequest, pk: int) -> HttpResponse:
    return _act(request, pk, promote_replay)


@require_POST
@page(ML_ANOMALY)
def replay_discard(request: PageRequest, pk: int) -> HttpResponse:
    discard_replay(replay=get_object_or_404(_replays(request), pk=pk), at=timezone.now())
    return redirect("replay-list")


@require_POST
@page(ADMIN)
def detection_promote(request: PageRequest, pk: int) -> HttpResponse:
    """Let a challenger serve."""
    version = get_object_or_404(_versions(request), pk=pk)
    promote_version(version=version, at=timezone.now(), by=request.caller, reason="after its trial")
    return redirect("replay-list")


@require_POST
@page(ADMIN)
def detection_end(request: PageRequest, pk: int) -> HttpResponse:
    """Take a challenger off."""
    end_trial(version=get_object_or_404(_versions(request), pk=pk), by=request.caller, at=timezone.now())
    return redirect("replay-list")


@require_POST
@page(ADMIN)
def detection_back(request: PageRequest, pk: int) -> HttpResponse:
    """Go back to the settings that served before; the next readings are judged by them."""
    version = get_object_or_404(_versions(request), pk=pk)
    roll_back(version=version, at=timezone.now(), by=request.caller, reason="by hand")
    return redirect("replay-list")


@require_POST
@page(ADMIN)
def detection_automatic(request: PageRequest) -> HttpResponse:
    allowed = request.POST.get("allowed") == "on"
    allow_promotion(organization_id=request.caller.organization.pk, allowed=allowed, at=timezone.now())
    return redirect("replay-list")
