"""What a process that serves machines needs of the settings: tokens and the API, no pages and no sessions.

It holds less in memory and does less per request than the pages' processes.
"""

from __future__ import annotations

from smartmaint.settings import *  # noqa: F403
from smartmaint.settings import INSTALLED_APPS as _APPS
from smartmaint.settings import REST_FRAMEWORK as _REST_FRAMEWORK

ROOT_URLCONF = "smartmaint.urls_api"
PAGES_ONLY = {
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.humanize",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "channels",
    "django_htmx",
    "template_partials",
    "drf_spectacular",
    "drf_spectacular_sidecar",
}
SMALLER = {"django.contrib.admin": "django.contrib.admin.apps.SimpleAdminConfig"}  # the log, no pages
INSTALLED_APPS = [SMALLER.get(app, app) for app in _APPS if app not in PAGES_ONLY]
MIDDLEWARE = [
    "smartmaint.observability.requests.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.common.CommonMiddleware",
]
REST_FRAMEWORK = {
    **_REST_FRAMEWORK,
    "DEFAULT_AUTHENTICATION_CLASSES": ["smartmaint.accounts.authentication.TokenAuthentication"],
}
SILENCED_SYSTEM_CHECKS = ["security.W003", "security.W002"]  # no cookies: nothing to forge or to frame
