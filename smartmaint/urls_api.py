"""The addresses that machines use. A process of its own serves them (`smartmaint.settings_api`), and so do
the pages' processes (`smartmaint.urls`)."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from smartmaint.accounts.problems import DATABASE_AWAY_DETAIL, failure_status, problem_json
from smartmaint.observability import health

api_urlpatterns = [
    path("", include("sensors.api.urls")),
    path("", include("anomalies.api.urls")),
    path("", include("maintenance.api.urls")),
    path("", include("smartmaint.events.api.urls")),
]

urlpatterns = [
    path("api/v1/", include(api_urlpatterns)),
    path("health", health.live, name="health"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]

NOT_UNDERSTOOD = "The request could not be understood."
FORBIDDEN = "You may not do this."
NOTHING_HERE = "There is nothing here, or it belongs to another organization."
FAILED = "Something failed on our side. Tell support the request id; nothing you sent is lost."


def handler400(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_json(request, 400, NOT_UNDERSTOOD)


def handler403(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_json(request, 403, str(exception) or FORBIDDEN)


def handler404(request: HttpRequest, exception: Exception) -> HttpResponse:
    return problem_json(request, 404, NOTHING_HERE)


def handler500(request: HttpRequest) -> HttpResponse:
    status = failure_status(sys.exc_info()[1])
    response = problem_json(request, status, DATABASE_AWAY_DETAIL if status == 503 else FAILED)
    if status == 503:
        response["Retry-After"] = "2"
    return response
