from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import pairwise

import pytest

from tests.plant.product import Product, serving

INTERVAL = 0.2


@pytest.fixture
def product() -> Iterator[Product]:
    with serving() as product:
        yield product


@pytest.fixture
def start(product: Product) -> Iterator[Callable[[], subprocess.Popen[str]]]:
    """Start the command against the product, as often as asked; nothing is left running."""
    running = []

    def start() -> subprocess.Popen[str]:
        options = ["--url", product.url, "--token", "x", "--history", "0.01", "--interval", str(INTERVAL)]
        arguments = [sys.executable, "manage.py", "simulate_plant", *options]
        running.append(subprocess.Popen(arguments, stdout=-1, stderr=-1, text=True))
        return running[-1]

    yield start
    for process in running:
        process.kill()
        process.communicate()


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def gaps(product: Product) -> set[float]:
    times = sorted({datetime.fromisoformat(moment) for _, moment in product.readings})
    return {round((b - a).total_seconds(), 3) for a, b in pairwise(times)}


def test_it_stops_cleanly_on_sigterm(product, start):
    process = start()
    wait_for(lambda: len(product.keys) > 3)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 0
    assert "has stopped" in process.stdout.read()


def test_no_reading_is_missing_after_a_kill_and_a_restart(product, start):
    for _ in range(2):
        process, before = start(), len(product.keys)
        wait_for(lambda before=before: len(product.keys) > before + 3)
        process.kill()
        process.wait(60)
    assert gaps(product) == {INTERVAL}


def test_no_reading_is_missing_after_the_product_was_busy(product, start):
    product.mishaps = [503, 503, 429]
    start()
    wait_for(lambda: len(product.answers) > 4)
    assert gaps(product) == {INTERVAL}


def test_a_refused_token_ends_it_with_the_reason(product, start):
    product.refuses_token = True
    process = start()
    assert process.wait(60) == 1
    assert "The token is unknown" in process.stderr.read()
