"""The house's rules of size and order, held over every Python file that git knows."""

from __future__ import annotations

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from statistics import median, quantiles

import pytest

from smartmaint import celery_app
from smartmaint.events.agents import AGENTS

ROOT = Path(__file__).resolve().parent.parent
APPS = ("smartmaint", "sensors", "mlops", "anomalies", "maintenance", "reports")
FUNCTION_LINES, TEST_LINES, FILE_LINES = 30, 20, 250
FUNCTION_MEDIAN, FUNCTION_P90 = 7, 20
BASE = '{% extends "base.html" %}'
VAGUE = {"utils", "utilities", "helpers", "common", "core", "misc"}
UNFINISHED = re.compile(r"\b(?:TODO|FIXME|XXX)\b|raise NotImplementedError")

Function = ast.FunctionDef | ast.AsyncFunctionDef

pytestmark = pytest.mark.skipif(not (ROOT / ".git").exists(), reason="no git: which files are ours?")


def tracked(*folders: str, suffix: str = ".py") -> list[Path]:
    command = ["git", "ls-files", "-z", "--", *folders]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
    files = (ROOT / name for name in names if name.endswith(suffix) and "/migrations/" not in name)
    return [file for file in files if file.exists()]


def functions(file: Path) -> Iterator[tuple[str, int]]:
    """Yield place and length in lines of each function, decorators not counted."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, Function):
            place = f"{file.relative_to(ROOT)}:{node.lineno} {node.name}"
            yield place, (node.end_lineno or node.lineno) - node.lineno + 1


def lengths(*folders: str) -> list[tuple[str, int]]:
    return [entry for file in tracked(*folders) for entry in functions(file)]


def test_no_function_is_longer_than_30_lines():
    assert [entry for entry in lengths(*APPS) if entry[1] > FUNCTION_LINES] == []


def test_no_test_is_longer_than_20_lines():
    tests = (entry for entry in lengths("tests") if entry[0].split()[-1].startswith("test_"))
    assert [entry for entry in tests if entry[1] > TEST_LINES] == []


def test_functions_are_short_on_the_whole():
    sizes = [size for _, size in lengths(*APPS)]
    assert median(sizes) <= FUNCTION_MEDIAN
    assert quantiles(sizes, n=10)[-1] <= FUNCTION_P90


def test_no_file_is_longer_than_250_lines():
    sizes = {
        str(file.relative_to(ROOT)): len(file.read_text().splitlines()) for file in tracked(*APPS, "tests")
    }
    assert {name: size for name, size in sizes.items() if size > FILE_LINES} == {}


def test_no_module_has_a_name_that_says_nothing():
    paths = [file.relative_to(ROOT) for file in tracked(*APPS, "tests")]
    assert [str(path) for path in paths if VAGUE & {*path.with_suffix("").parts}] == []


def test_nothing_is_left_unfinished():
    found = {str(file.relative_to(ROOT)): UNFINISHED.findall(file.read_text()) for file in tracked(*APPS)}
    assert {name: words for name, words in found.items() if words} == {}


def test_every_module_reads_its_annotations_late():
    """So that a type hint never costs an import or breaks one."""
    late = "from __future__ import annotations"
    files = (file for file in tracked(*APPS) if re.search(r"^\s*(async )?def ", file.read_text(), re.M))
    missing = [str(file.relative_to(ROOT)) for file in files if late not in file.read_text()]
    assert [name for name in missing if not name.endswith("apps.py")] == []


def test_every_page_template_has_a_view_of_its_name():
    """A page is a template that extends the frame; signing in is Django's own view."""
    views = {place.split()[-1] for place, _ in lengths(*APPS)} | {"sign_in"}
    pages = [file for file in tracked("templates", suffix=".html") if BASE in file.read_text()]
    odd = [file.name for file in pages if file.stem not in views and file.stem != "error"]
    assert odd == []


def test_the_architecture_page_names_every_agent_with_its_queue():
    page = (ROOT / "docs" / "architecture.md").read_text()
    own = [name for name in AGENTS if name.partition(".")[0] in APPS]
    rows = {name: re.search(rf"^\| `{re.escape(name)}`.*$", page, re.M) for name in own}
    assert {name for name, row in rows.items() if not row} == set()
    queues = {name: celery_app.amqp.router.route({}, name)["queue"].name for name in own}
    assert [name for name in own if not rows[name][0].endswith(f"| {queues[name]} |")] == []
