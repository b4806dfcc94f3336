"""The overview, and what stands around every page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from reports.frame import frame_status
from reports.happenings import load_happenings
from reports.health import FORMULA
from reports.kpis import load_kpis
from reports.needs import find_needs
from reports.plant import load_tiles
from sensors.models import SensorSummary
from smartmaint.accounts.callers import PageRequest
from smartmaint.accounts.pages import page
from smartmaint.accounts.scopes import DATA_READ


@require_safe
@page(DATA_READ)
def frame(request: PageRequest) -> HttpResponse:
    """The highest alarm and the counts, for pages that stay open."""
    return render(request, "parts/frame.html", {"frame": frame_status(request.caller)})


@require_safe
@page(DATA_READ)
def overview(request: PageRequest) -> HttpResponse:
    """The page, or with `?part=` one of its parts."""
    part = request.GET.get("part", "") if request.htmx else ""
    if part == "first":
        return _first_reading(request)
    wanted = [part] if part in PARTS else list(PARTS)
    context: dict[str, Any] = {"has_data": part in PARTS or _has_data(request)}
    if not context["has_data"]:
        context["ingest_url"] = request.build_absolute_uri("/api/v1/data/ingest")
    else:
        for name in wanted:
            context |= PARTS[name](request)
    template = f"reports/overview.html#{part}" if part in PARTS else "reports/overview.html"
    return render(request, template, context)


def _has_data(request: PageRequest) -> bool:
    return SensorSummary.objects.filter(sensor__organization=request.caller.organization).exists()


def _first_reading(request: PageRequest) -> HttpResponse:
    """Tell the waiting page when to load again."""
    answer = HttpResponse(status=204)
    if _has_data(request):
        answer["HX-Trigger"] = "first-reading"
    return answer


def _kpis(request: PageRequest) -> dict[str, Any]:
    return {"kpis": load_kpis(request.caller.organization, timezone.now())}


def _needs(request: PageRequest) -> dict[str, Any]:
    needs, more = find_needs(request.caller, timezone.now())
    return {"needs": needs, "more_needs": more}


def _plant(request: PageRequest) -> dict[str, Any]:
    tiles = load_tiles(request.caller.organization)
    return {
        "ill": [tile for tile in tiles if not tile.health.is_good],
        "well": [tile for tile in tiles if tile.health.is_good],
        "formula": FORMULA,
    }


def _feed(request: PageRequest) -> dict[str, Any]:
    return {"happenings": load_happenings(request.caller.organization)}


PARTS: dict[str, Callable[[PageRequest], dict[str, Any]]] = {
    "kpis": _kpis,
    "needs": _needs,
    "plant": _plant,
    "feed": _feed,
}
