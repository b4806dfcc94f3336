"""The Celery application: agents are found in each app's `tasks.py`."""

from __future__ import annotations

import os

from celery import Celery

from smartmaint.beat import SCHEDULE

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smartmaint.settings")

app = Celery("smartmaint")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.conf.beat_schedule = SCHEDULE
app.autodiscover_tasks()
