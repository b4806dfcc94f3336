"""Pages of tables: brought as a file, its columns chosen, learnt from."""

from __future__ import annotations

from pathlib import PurePath
from typing import Any

from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.text import slugify
from django.views.decorators.http import require_POST, require_safe
from rest_framework.exceptions import APIException

from mlops import giving
from mlops.models import TrainingJob, TrainingTable
from reports.forms import TableForm
from reports.model_views import show_models
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.problems import sentence_of
from smartmaint.accounts.scopes import ADMIN, DATA_READ


def _find(request: PageRequest, pk: int) -> TrainingTable:
    tables = TrainingTable.objects.filter(organization=request.caller.organization)
    return get_object_or_404(tables.select_related("job__model", "job__version"), pk=pk)


@require_POST
@page(ADMIN)
def table_create(request: PageRequest) -> HttpResponse:
    """Take a file in, and go on to its columns."""
    form = TableForm(request.POST, request.FILES)
    if not form.is_valid():
        return show_models(request, form.first_error, 422)
    file = form.cleaned_data["file"]
    name = form.cleaned_data["name"] or slugify(PurePath(file.name).name.partition(".")[0])[:80] or "table"
    try:
        giving.check_size(file.size)
        table = giving.receive_table(
            caller=request.caller,
            scope=f"table:{name}",
            name=file.name,
            data=file.read(),
            at=timezone.now(),
        )
    except APIException as refusal:
        return show_models(request, sentence_of(refusal), refusal.status_code)
    return redirect("table-detail", table.pk)


@require_safe
@page(DATA_READ)
def table_detail(request: PageRequest, pk: int) -> HttpResponse:
    table = _find(request, pk)
    doubted = [one["name"] for one in table.columns if one["problem"] or one["doubt"]]
    chosen = {"target": table.target, "without": table.without or doubted}
    return _detail(request, table, chosen)


def _detail(
    request: PageRequest, table: TrainingTable, chosen: dict[str, Any], *, error: str = "", status: int = 200
) -> HttpResponse:
    context = {
        "table": table,
        "chosen": chosen,
        "error": error,
        "open": table.job and table.job.state in TrainingJob.OPEN,
        "has_label": any(one["label"] for one in table.columns),
    }
    part = "#state" if request.htmx else ""
    return render(request, f"reports/table_detail.html{part}", context, status=status)


@require_POST
@page(ADMIN)
def table_train(request: PageRequest, pk: int) -> HttpResponse:
    """Learn what was chosen; what a worker warns of is shown first, its columns ticked to be left out."""
    table = _find(request, pk)
    target, without = request.POST.get("target", ""), request.POST.getlist("without")
    accept = request.POST.get("accept") == "on"
    chosen: dict[str, Any] = {"target": target, "without": without}
    if not target:
        return _detail(
            request, table, chosen, error="Choose the column that says which rows failed.", status=422
        )
    without = [name for name in without if name != target]
    try:
        learnt = giving.learn_from_table(
            table=table, target=target, without=without, accept=accept, at=timezone.now(), by=request.caller
        )
    except giving.Leaks as leaks:
        chosen |= {"warnings": leaks.warnings, "without": [*without, *leaks.warnings]}
        return _detail(request, table, chosen, status=leaks.status_code)
    except APIException as refusal:
        return _detail(request, table, chosen, error=sentence_of(refusal), status=refusal.status_code)
    return redirect("table-detail", learnt.pk)
