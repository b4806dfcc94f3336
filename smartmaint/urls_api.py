"""The addresses that machines use. A process of its own serves them (`smartmaint.settings_api`), and so do
the pages' processes (`smartmaint.urls`)."""

from __future__ import annotations

from django.urls import include, path

from smartmaint.accounts.problems import problem_json
from smartmaint.failures import handlers_with
from smartmaint.observability import health

api_urlpatterns = [
    path("", include("sensors.api.urls")),
    path("", include("anomalies.api.urls")),
    path("", include("maintenance.api.urls")),
    path("", include("mlops.api.urls")),
    path("", include("smartmaint.events.api.urls")),
]

urlpatterns = [
    path("api/v1/", include(api_urlpatterns)),
    path("health", health.live, name="health"),
    path("health/live", health.live, name="health-live"),
    path("health/ready", health.ready, name="health-ready"),
]

handler400, handler403, handler404, handler500 = handlers_with(problem_json)
