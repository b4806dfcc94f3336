from __future__ import annotations

import subprocess
import sys

import pytest

from tests.stack import ROOT

HEAVY = {"scipy", "sklearn", "plotly", "pandas", "circus", "playwright", "mlflow", "skops"}


@pytest.mark.parametrize("module", ["smartmaint.asgi", "smartmaint.celery"])
def test_no_process_holds_heavy_libraries_before_it_needs_them(module):
    code = f"import django, sys; django.setup(); import {module}; print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    loaded = {name.split(".")[0] for name in answer.stdout.split()}
    assert "sensors" in loaded, answer.stderr
    assert not loaded & HEAVY


def test_what_neither_detects_nor_serves_pages_stays_small():
    """The relay, beat and the senders of messages hold the apps and no numbers or schema libraries."""
    code = "import smartmaint.celery, django, sys; django.setup(); print(*sys.modules)"
    answer = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    loaded = {name.split(".")[0] for name in answer.stdout.split()}
    assert "maintenance" in loaded, answer.stderr
    assert not loaded & {"numpy", "holidays"}
    assert "drf_spectacular.openapi" not in answer.stdout.split()
