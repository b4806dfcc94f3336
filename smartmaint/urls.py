"""All addresses. Each app lists its pages in `urls.py` and its API in `api/urls.py`."""

from __future__ import annotations

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from smartmaint.accounts.problems import problem_json
from smartmaint.failures import handlers_with
from smartmaint.observability import health
from smartmaint.urls_api import api_urlpatterns

urlpatterns = [
    path("", include("reports.urls")),
    path("", include("smartmaint.accounts.urls")),
    path("", include("sensors.urls")),
    path("", include("anomalies.urls")),
    path("", include("maintenance.urls")),
    path("", include("smartmaint.events.urls")),
    path("api/v1/", include(api_urlpatterns)),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerView.as_view(url_name="schema"), name="api-docs"),
    path("health", health.live, name="health"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
    path("health/db", health.database, name="health-db"),
    path("health/redis", health.queue, name="health-redis"),
    path("admin/", admin.site.urls),
]


def _error(request: HttpRequest, status: int, detail: str) -> HttpResponse:
    """Answer programs and parts of a page with a problem, people with a page."""
    if request.path.startswith("/api/") or "HX-Request" in request.headers:
        return problem_json(request, status, detail)
    return render(request, "error.html", {"status": status, "detail": detail}, status=status)


def stale_form(request: HttpRequest, reason: str = "") -> HttpResponse:
    """Django's view of a POST whose token is not this sign-in's."""
    return _error(
        request, 403, "This page is out of date, or cookies are blocked. Load it again, then send once more."
    )


handler400, handler403, handler404, handler500 = handlers_with(_error)
