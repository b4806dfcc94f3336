"""A handful of overrides for the test run. The test session starts its own embedded servers."""

from __future__ import annotations

import os

from smartmaint.settings import *  # noqa: F403
from smartmaint.settings import DATABASES as _DATABASES
from smartmaint.settings import LOGGING as _LOGGING

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
WHITENOISE_AUTOREFRESH = True  # each test client would scan all static files otherwise
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
CHANNEL_LAYERS = {"default": {"BACKEND": "channels.layers.InMemoryChannelLayer"}}
DATABASES = {
    "default": {
        **_DATABASES["default"],
        "OPTIONS": {"connect_timeout": 3},
        "TEST": {"NAME": "test_smartmaint"},
    }
}
LIMITS_PREFIX = f"smartmaint-limit-{os.environ.get('PYTEST_XDIST_WORKER', '')}"  # ids are alike in them
LOGGING = {**_LOGGING, "root": {"handlers": ["stdout"], "level": "WARNING"}}
