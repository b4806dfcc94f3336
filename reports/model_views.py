"""Pages of models: what serves, how good it is, and what people do about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe

from anomalies.scope_names import scope_names
from mlops import giving
from mlops.models import Model, ModelVersion, TrainingJob
from mlops.services import choose_model, promote_version, request_training, roll_back, tally_of, try_version
from reports import model_pages
from reports.back_test import back_test_figure
from reports.forms import ChoiceForm, ReasonForm, TrainForm
from reports.subjects import offered_subjects
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.problems import Unprocessable
from smartmaint.accounts.scopes import ADMIN, DATA_READ


def _models(request: PageRequest) -> QuerySet[Model]:
    return Model.objects.filter(organization=request.caller.organization)


def _version(request: PageRequest, pk: int) -> ModelVersion:
    versions = ModelVersion.objects.filter(model__organization=request.caller.organization)
    return get_object_or_404(versions.select_related("model"), pk=pk)


@require_safe
@page(DATA_READ)
def model_list(request: PageRequest) -> HttpResponse:
    return show_models(request)


def show_models(request: PageRequest, error: str = "", status: int = 200) -> HttpResponse:
    """Show the list; `error` says what is wrong with a table that was brought."""
    organization = request.caller.organization
    jobs = list(model_pages.open_jobs(organization))
    past = list(model_pages.past_jobs(organization)[: model_pages.LATEST])
    context = {
        "rows": model_pages.model_rows(organization, timezone.now()),
        "jobs": jobs,
        "past": past,
        "scopes": scope_names(organization.pk, [job.scope for job in [*jobs, *past]]),
        "purposes": model_pages.trainable(),
        "classes": model_pages.classes_of(organization),
        "tables": model_pages.waiting_tables(organization),
        "most_bytes": giving.MOST_BYTES,
        "error": error,
    }
    part = "#models" if request.htmx else ""
    return render(request, f"reports/model_list.html{part}", context, status=status)


@require_safe
@page(DATA_READ)
def model_detail(request: PageRequest, pk: int) -> HttpResponse:
    model = get_object_or_404(_models(request), pk=pk)
    versions = list(model.versions.order_by("-number")[: model_pages.LATEST])
    shown = _shown(request, versions)
    scopes = scope_names(request.caller.organization.pk, [model.scope])
    context = {
        "model": model,
        "about": scopes[model.scope],
        "versions": versions,
        "champion": next((one for one in versions if one.stage == ModelVersion.Stage.CHAMPION), None),
        "shown": shown,
        "figures": model_pages.figures_of(shown) if shown else [],
        "tally": tally_of(shown) if shown else None,
        "has_back_test": bool(shown and back_test_figure(shown.metrics)),
        "job": model.jobs.open().first(),
        "past": model_pages.past_jobs(request.caller.organization).filter(model=model)[:5],
        "transitions": model_pages.transitions_of(model),
        "users": model_pages.users_of(model),
        "subjects": offered_subjects(request.caller.organization),
    }
    part = "#body" if request.htmx else ""
    return render(request, f"reports/model_detail.html{part}", context)


def _shown(request: PageRequest, versions: list[ModelVersion]) -> ModelVersion | None:
    """Return the version that is asked for, else the champion, else the newest."""
    wanted = request.GET.get("version", "")
    serving = (one for one in versions if one.stage == ModelVersion.Stage.CHAMPION)
    asked = (one for one in versions if str(one.number) == wanted)
    return next(asked, None) or next(serving, None) or next(iter(versions), None)


@require_safe
@page(DATA_READ)
def version_chart(request: PageRequest, pk: int) -> JsonResponse:
    figure = back_test_figure(_version(request, pk).metrics)
    empty = {"data": [], "layout": {"xaxis": {"range": []}, "shapes": [], "images": []}}
    return JsonResponse({"figure": figure or empty, "empty": figure is None})


@require_POST
@page(ADMIN)
def model_train(request: PageRequest) -> HttpResponse:
    asked = _checked(TrainForm(request.POST))
    job = request_training(
        organization_id=request.caller.organization.pk,
        purpose=asked["purpose"],
        scope=asked["scope"],
        cause=TrainingJob.Cause.HAND,
        at=timezone.now(),
        by=request.caller,
    )
    messages.success(request, "The training waits for its worker.")
    return redirect("model-detail", job.model_id) if job.model_id else redirect("model-list")


@require_POST
@page(ADMIN)
def version_promote(request: PageRequest, pk: int) -> HttpResponse:
    version = promote_version(version=_version(request, pk), **_who(request))
    messages.success(request, f"Version {version.number} serves.")
    return redirect("model-detail", version.model_id)


@require_POST
@page(ADMIN)
def version_try(request: PageRequest, pk: int) -> HttpResponse:
    version = try_version(version=_version(request, pk), **_who(request))
    messages.success(request, f"Version {version.number} runs in shadow.")
    return redirect("model-detail", version.model_id)


@require_POST
@page(ADMIN)
def version_roll_back(request: PageRequest, pk: int) -> HttpResponse:
    earlier = roll_back(version=_version(request, pk), **_who(request))
    messages.success(request, f"Version {earlier.number} serves again.")
    return redirect("model-detail", earlier.model_id)


@require_POST
@page(ADMIN)
def model_choose(request: PageRequest, pk: int) -> HttpResponse:
    model = get_object_or_404(_models(request), pk=pk)
    asked = _checked(ChoiceForm(request.POST, organization=request.caller.organization))
    choose_model(
        organization_id=request.caller.organization.pk,
        purpose=model.purpose,
        subject=asked["subject"],
        model=model,
        reason=asked["reason"],
        at=timezone.now(),
        by=request.caller,
    )
    messages.success(request, f"{model} answers for {request.POST['subject']}.")
    return redirect("model-detail", model.pk)


def _who(request: PageRequest) -> dict[str, Any]:
    """Return who does it, when and why, as the services take it."""
    asked = _checked(ReasonForm(request.POST))
    return {"at": timezone.now(), "by": request.caller, "reason": asked["reason"]}


def _checked(form: Form) -> dict[str, Any]:
    """Return what the form says.

    Raises:
        Unprocessable: a field is wrong; the message names it.
    """
    if not form.is_valid():
        raise Unprocessable(" ".join(f"{name}: {errors[0]}" for name, errors in form.errors.items()))
    return form.cleaned_data
