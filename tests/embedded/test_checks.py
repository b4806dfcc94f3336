from __future__ import annotations

import os
import subprocess
import sys

import pytest

from tests.stack import ROOT

PRODUCTION = {
    "SMARTMAINT_SECRET_KEY": "k3y-" * 16 + "0123456789abcdefghij",
    "SMARTMAINT_ALLOWED_HOSTS": "smartmaint.example.com",
    "SMARTMAINT_CSRF_TRUSTED_ORIGINS": "https://smartmaint.example.com",
    "SMARTMAINT_HTTPS": "1",
    "SMARTMAINT_EMAIL_URL": "smtp://user:p%40ss@mail.example.com:587?tls=1",
    "DATABASE_URL": "postgres://user:secret@db:5432/smartmaint",
    "REDIS_URL": "redis://queue:6379/0",
}


def check(*options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DJANGO_SETTINGS_MODULE"}}
    command = [sys.executable, "manage.py", "check", *options]
    return subprocess.run(command, cwd=ROOT, env=kept | environment, capture_output=True, text=True)


def test_production_settings_pass_the_strictest_check():
    answer = check("--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert answer.returncode == 0, answer.stderr


@pytest.mark.parametrize(
    "wrong",
    [
        {
            "SMARTMAINT_SECRET_KEY": ("", "smartmaint.W001"),
            "SMARTMAINT_HTTPS": ("0", "smartmaint.W002"),
            "SMARTMAINT_ALLOWED_HOSTS": ("*", "smartmaint.W003"),
            "SMARTMAINT_EMAIL_URL": ("", "smartmaint.W004"),
        },
        {
            "SMARTMAINT_EMAIL_URL": ("https://mail.example.com", "smartmaint.E001"),
            "DATABASE_URL": ("mysql://db/smartmaint", "smartmaint.E001"),
            "SMARTMAINT_DEBUG": ("1", "smartmaint.E003"),
        },
        {"SMARTMAINT_EMAIL_URL": ("smtp:mail.example.com", "smartmaint.E002")},
    ],
    ids=["left out", "of another kind", "without a host"],
)
def test_each_wrong_setting_is_named_with_what_to_do(wrong):
    """As many at once as can be wrong together: each look at the settings takes seconds."""
    values = {name: value for name, (value, _) in wrong.items()}
    answer = check("--deploy", "--fail-level", "WARNING", **(PRODUCTION | values))
    assert answer.returncode == 1
    messages = answer.stderr.split("?: (")
    for name, (_, code) in wrong.items():
        (said,) = [text for text in messages if text.startswith(f"{code})") and name in text]
        assert "HINT" in said


def test_the_local_defaults_pass_the_ordinary_check():
    assert check("--fail-level", "WARNING").returncode == 0
