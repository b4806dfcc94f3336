"""The backbone alone with the ledger app, and leases short enough to wait for in a test."""

from __future__ import annotations

import os
from datetime import timedelta

from smartmaint.settings import *  # noqa: F403
from smartmaint.settings import INSTALLED_APPS as _INSTALLED_APPS

_PRODUCT = {"smartmaint.embedded", "sensors", "mlops", "anomalies", "maintenance", "reports"}
INSTALLED_APPS = [*(app for app in _INSTALLED_APPS if app not in _PRODUCT), "tests.events.ledger_app"]
ROOT_URLCONF = "tests.events.ledger_settings"
urlpatterns: list[object] = []
CSRF_FAILURE_VIEW = "django.views.csrf.csrf_failure"  # the product's own brings all of its pages
SILENCED_SYSTEM_CHECKS = ["events.W001"]  # the product's clock-driven jobs are not here

EVENTS_BACKOFF = timedelta(milliseconds=50)
EVENTS_RESEND = timedelta(seconds=4)
EVENTS_GRACE = timedelta(seconds=1)
EVENTS_QUEUED = int(os.environ.get("LEDGER_ENOUGH_QUEUED", "500"))
